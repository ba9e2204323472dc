import { canonicalJson } from '../../base/canonical-json.ts';
import type { HeldChange } from '../../contract/consent.ts';
import type { Effect, Manifest } from '../../contract/manifest.ts';
import { visible } from './readable.ts';

export type Policies = Manifest['tools'];
type Policy = Policies[string];

/** How much care each word asks for; a word that is absent leaves it to the kernel, which is careful. */
const careOfEffect: Readonly<Record<Effect, number>> = {
  read: 0,
  idempotent: 1,
  reversible: 2,
  irreversible: 3,
};
const careOfApproval = { never: 0, always: 2 } as const;

/** Tools that a manifest treats with less care than was agreed to. */
export function* looserPolicies(agreed: Policies, asked: Policies): Iterable<HeldChange> {
  for (const tool of new Set([...Object.keys(agreed), ...Object.keys(asked)])) {
    const [had, has] = [agreed, asked].map((policies) =>
      Object.hasOwn(policies, tool) ? policies[tool] : undefined,
    );
    if (has?.effect !== undefined && careOfEffect[has.effect] < careOfEffect[had?.effect ?? 'irreversible']) {
      yield looser(tool, 'effect', had, has, `Tool "${tool}" would count as "${has.effect}"`);
    }
    if (approvalCare(has) < approvalCare(had)) {
      yield looser(
        tool,
        'approval',
        had,
        has,
        `Tool "${tool}" would run without asking as often as was agreed`,
      );
    }
    // What these answer decides whether an effect is repeated, and what is called to take it back.
    for (const key of ['check', 'undo'] as const) {
      if (has?.[key] === undefined || written(has[key]) === written(had?.[key])) continue;
      const what = key === 'check' ? 'would tell whether it happened' : 'would take it back';
      yield looser(tool, key, had, has, `Of tool "${tool}" another call ${what}: ${written(has[key]) ?? ''}`);
    }
    if (had?.enabled === false && has?.enabled !== false) {
      yield looser(tool, 'enabled', had, has, `Tool "${tool}", which was hidden, would be offered`);
    }
  }
}

function approvalCare(policy: Policy | undefined): number {
  return policy?.approval === undefined ? 1 : careOfApproval[policy.approval];
}

function written(value: Policy[keyof Policy]): string | null {
  if (value === undefined) return null;
  return typeof value === 'object' ? visible(canonicalJson(value)) : String(value);
}

function looser(
  tool: string,
  key: 'effect' | 'approval' | 'enabled' | 'check' | 'undo',
  had: Policy | undefined,
  has: Policy | undefined,
  text: string,
): HeldChange {
  const [before, after] = [had, has].map((policy) => written(policy?.[key]));
  return {
    kind: 'permission',
    subject: `tools.${tool}.${key}`,
    before: before ?? null,
    after: after ?? null,
    diff: '',
    text,
  };
}
