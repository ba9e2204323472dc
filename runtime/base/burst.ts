export interface BurstTimes {
  /** Quiet time after the last event of a burst, in milliseconds. */
  readonly quietMs: number;
  /** An answer is never put off longer than this by further events, in milliseconds. */
  readonly longestWaitMs: number;
}

/** Answers a burst of events once, when it is over. Answers may overlap: a new burst does not wait for the old answer. */
export class Burst {
  readonly #times: BurstTimes;
  readonly #answer: () => Promise<void>;
  readonly #answering = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** `answer` must not reject. */
  constructor(times: BurstTimes, answer: () => Promise<void>) {
    this.#times = times;
    this.#answer = answer;
  }

  /** Something happened. */
  note(): void {
    const { quietMs, longestWaitMs } = this.#times;
    const now = performance.now();
    if (this.#timer === undefined) this.#since = now;
    clearTimeout(this.#timer);
    this.#waiting ??= Promise.withResolvers();
    this.#timer = setTimeout(
      () => this.#begin(),
      Math.max(0, Math.min(quietMs, this.#since + longestWaitMs - now)),
    );
  }

  /** Settles when nothing waits and nothing is being answered. */
  async over(): Promise<void> {
    while (this.#waiting !== undefined || this.#answering.size > 0) {
      await Promise.all([this.#waiting?.promise, ...this.#answering]);
    }
  }

  /** Forgets a burst that has not been answered. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  #begin(): void {
    const answering = this.#answer().finally(() => this.#answering.delete(answering));
    this.#answering.add(answering);
    this.cancel();
  }
}
