import type { LeaseArguments, LeaseRule } from '../../../../contract/leases.ts';

/** What a lease says of one argument, as people choose it. */
export const choices = {
  same: 'exactly this',
  below: 'this and what lies below it',
  any: 'anything',
} as const;
export type Choice = keyof typeof choices;

/** Which choices there are for a value: only folders and addresses have something below them. */
export function choicesFor(value: unknown): readonly Choice[] {
  return typeof value === 'string' && /^(?:\/|~|\.{1,2}\/|https?:\/\/)/.test(value)
    ? ['same', 'below', 'any']
    : ['same', 'any'];
}

/** The rules of a lease for arguments; what was not chosen is exactly as it is. */
export function rulesOf(
  args: Readonly<Record<string, unknown>>,
  chosen: Readonly<Record<string, Choice>>,
): LeaseArguments {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [pointerOf(name), ruleOf(value, chosen[name] ?? 'same')]),
  );
}

function ruleOf(value: unknown, choice: Choice): LeaseRule {
  if (choice === 'any') return { any: true };
  return choice === 'below' && typeof value === 'string' ? { prefix: value } : { equals: value ?? null };
}

/** JSON Pointer (RFC 6901) to an argument. */
function pointerOf(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
