import type { Plugin } from '../../../../contract/api.ts';

type Tier = NonNullable<Plugin['tier']>;
type Held = NonNullable<Plugin['enforcement']>['files'];

const tiers: Readonly<Record<Tier, string>> = {
  sandbox: 'sandbox',
  process: 'process of its own',
  worker: 'thread of the kernel',
};
const holds: Readonly<Record<Held, string>> = {
  enforced: 'enforced',
  advisory: 'asked of it, not enforced',
  none: 'not limited',
};

/** The isolation that is in force now. */
export function isolationWords({ tier, source }: Pick<Plugin, 'tier' | 'source'>): string {
  if (tier !== null) return tiers[tier];
  return /^https?:/.test(source) ? 'runs elsewhere' : 'not running';
}

/** What of its permissions the isolation in force really holds, each with how. */
export function enforcementLines({
  enforcement,
}: Pick<Plugin, 'enforcement'>): readonly (readonly [string, string])[] {
  if (enforcement === null) return [];
  const { files, network, processes, memory } = enforcement;
  return [
    ['Files', holds[files]],
    ['Network', holds[network]],
    ['Processes', holds[processes]],
    ['Memory', holds[memory]],
  ];
}
