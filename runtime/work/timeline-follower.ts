import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../base/logger.ts';
import { NexusError } from '../base/errors.ts';
import type { TimelineStore } from '../contract/timeline.ts';

/** Entries written in one go: about 2 ms, for which calls wait. */
const batch = 50;

/** Writes the timeline behind what happens, in small batches, so that nobody waits for it. */
export class TimelineFollower {
  readonly #store: TimelineStore;
  readonly #log: Logger;
  #following: Promise<void> | undefined;

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

  async #follow(): Promise<void> {
    try {
      while ((await this.#store.follow(batch)) > 0) await setImmediate();
    } catch (error) {
      const isClosed = error instanceof NexusError && error.code === 'STORE_CLOSED';
      if (!isClosed) this.#log.error({ err: error }, 'the timeline was not written');
    }
  }
}
