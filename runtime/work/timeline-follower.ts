import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../base/logger.ts';
import { NexusError } from '../base/errors.ts';
import type { TimelineStore } from '../contract/timeline.ts';

/** Entries written in one go: about half a millisecond, for which calls wait. */
const batch = 25;

/** After a batch it rests so many times as long as that took: it never takes more than a tenth of the kernel's time. */
const restFactor = 9;

/** Writes the timeline behind what happens, in small batches, so that nobody waits for it. */
export class TimelineFollower {
  readonly #store: TimelineStore;
  readonly #log: Logger;
  #following: Promise<void> | undefined;
  #readers = 0;

  constructor(store: TimelineStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Settles when the timeline has all that happened before; what fails is tried again by the next tick. */
  tick(): Promise<void> {
    this.#following ??= this.#follow().finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  /** The same for one who waits to read it: without rest. */
  async caughtUp(): Promise<void> {
    this.#readers += 1;
    try {
      await this.tick();
    } finally {
      this.#readers -= 1;
    }
  }

  async #follow(): Promise<void> {
    try {
      for (;;) {
        const began = performance.now();
        if ((await this.#store.follow(batch)) === 0) return;
        const rest = this.#readers > 0 ? 0 : restFactor * (performance.now() - began);
        await setTimeout(rest, undefined, { ref: false });
      }
    } catch (error) {
      const isClosed = error instanceof NexusError && error.code === 'STORE_CLOSED';
      if (!isClosed) this.#log.error({ err: error }, 'the timeline was not written');
    }
  }
}
