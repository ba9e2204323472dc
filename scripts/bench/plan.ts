import { parseArgs } from 'node:util';

const partNames = ['calls', 'ready', 'start', 'ledger', 'growth', 'swap', 'agent', 'console'] as const;
export type PartName = (typeof partNames)[number];

/** How long and how often everything is measured. */
export interface Plan {
  readonly only: readonly PartName[];
  readonly isQuick: boolean;
  readonly rounds: number;
  /** Calls of one measurement by the number in flight, and the time at which it ends at the latest. */
  readonly calls: Readonly<Record<number, number>>;
  readonly limitMs: number;
  readonly warmUpCalls: number;
  readonly kernelStarts: number;
  readonly settleMs: number;
  readonly pluginStarts: number;
  readonly recordedRuns: number;
  readonly fillMs: number;
  readonly swaps: number;
  /** Turns of the agent, and as many plain requests to the player of its model: of 100 the median differs by 0.7 ms from run to run. */
  readonly turns: number;
  /** How long tabs of the console are left alone. */
  readonly idleMs: number;
}

const full: Omit<Plan, 'only'> = {
  isQuick: false,
  rounds: 7,
  calls: { 1: 1_000, 16: 3_000, 64: 5_000 },
  limitMs: 3_000,
  warmUpCalls: 3_000,
  kernelStarts: 9,
  settleMs: 4_000,
  pluginStarts: 12,
  recordedRuns: 1_000_000,
  fillMs: 240_000,
  swaps: 40,
  turns: 400,
  idleMs: 20_000,
};

/** About a minute: figures that show the order of magnitude. */
const quick: Omit<Plan, 'only'> = {
  isQuick: true,
  rounds: 2,
  calls: { 1: 300, 16: 800, 64: 1_200 },
  limitMs: 1_000,
  warmUpCalls: 2_000,
  kernelStarts: 3,
  settleMs: 2_000,
  pluginStarts: 3,
  recordedRuns: 50_000,
  fillMs: 10_000,
  swaps: 6,
  turns: 20,
  idleMs: 5_000,
};

/** The plan that a command line asks for; null, after saying why, when it asks for something unknown. */
export function readPlan(argv: readonly string[]): Plan | null {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { quick: { type: 'boolean' }, only: { type: 'string' } },
    });
    const wanted = values.only?.split(',') ?? [...partNames];
    const only = partNames.filter((name) => wanted.includes(name));
    if (only.length === wanted.length) return { ...(values.quick === true ? quick : full), only };
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
  }
  process.stderr.write(`npm run bench -- [--quick] [--only ${partNames.join(',')}]\n`);
  return null;
}
