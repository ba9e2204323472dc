/** Keeps the last `limit` items. */
export class Ring<T> {
  readonly #limit: number;
  #items: T[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(item: T): void {
    this.#items.push(item);
    // Cut in halves so that a push costs O(1) on average.
    if (this.#items.length > 2 * this.#limit) this.#items = this.#items.slice(-this.#limit);
  }

  items(): readonly T[] {
    return this.#items.slice(-this.#limit);
  }

  last(): T | undefined {
    return this.#items.at(-1);
  }
}

/** Lets `limit` tasks run at once and `queueLimit` wait, in order. */
export class Gate {
  readonly #limit: number;
  readonly #queueLimit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #idlers: (() => void)[] = [];
  #running = 0;

  constructor(limit: number, queueLimit: number) {
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Undefined when entered at once, `full` when nobody more may wait, else a promise to await. Each entry needs one `leave()`. */
  enter(signal: AbortSignal): undefined | 'full' | Promise<void> {
    if (this.#running < this.#limit) {
      this.#running++;
      return undefined;
    }
    if (this.#waiting.length >= this.#queueLimit) return 'full';
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(signal.reason);
      };
      const admit = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(admit);
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    // The place passes straight to the next one, so `running` stays as it is.
    if (next === undefined) this.#running--;
    else next();
    if (this.#running === 0) for (const resolve of this.#idlers.splice(0)) resolve();
  }

  /** Settles when nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.push(resolve));
  }
}
