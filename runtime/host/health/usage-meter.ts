import type { Clock } from '../../base/clock.ts';
import type { Usage } from '../../contract/health.ts';
import type { ProcessUsage } from '../../contract/sandbox.ts';

/** Two looks are at least this far apart, in milliseconds: shares of shorter times say nothing. */
const shortestMs = 1_000;

interface Look {
  readonly at: number;
  readonly startedAt: number;
  readonly usage: Usage;
}

/** Turns the processor time of one plugin into a share of a processor, between two looks. */
export class UsageMeter {
  readonly #clock: Clock;
  #last: Look | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a process that was started at `startedAt` uses. `read` is not called more than once a second. */
  async look(startedAt: number, read: () => Promise<ProcessUsage | null>): Promise<Usage | null> {
    const before = this.#last?.startedAt === startedAt ? this.#last : undefined;
    const at = this.#clock.now();
    if (before !== undefined && at - before.at < shortestMs) return before.usage;
    const found = await read();
    if (found === null) return null;
    const spentMs = found.cpuMs - (before?.usage.cpuMs ?? 0);
    const sinceMs = Math.max(1, at - (before?.at ?? startedAt));
    // What ended children used is lost when nobody waited for them: the sum may shrink.
    const cpuPercent = Math.max(0, Math.round((spentMs / sinceMs) * 1_000) / 10);
    const usage = { ...found, cpuPercent };
    this.#last = { at, startedAt, usage };
    return usage;
  }
}
