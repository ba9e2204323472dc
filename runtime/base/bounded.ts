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
}

/** Lets `limit` tasks run at once and `queueLimit` wait, in order. */
export class Gate {
  readonly #limit: number;
  readonly #queueLimit: number;
  readonly #waiting: (() => void)[] = [];
  /** Those that had a place and want one again. */
  readonly #returning: (() => void)[] = [];
  readonly #idlers: (() => void)[] = [];
  #taken = 0;
  #outside = 0;

  constructor(limit: number, queueLimit: number) {
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  /** Tasks on their way, those that wait outside included. */
  get running(): number {
    return this.#taken + this.#outside;
  }

  get waiting(): number {
    return this.#waiting.length + this.#returning.length;
  }

  /** Undefined when entered at once, `full` when nobody more may wait, else a promise to await. Each entry needs one `leave()`. */
  enter(signal: AbortSignal): undefined | 'full' | Promise<void> {
    if (this.#taken < this.#limit) {
      this.#taken++;
      return undefined;
    }
    if (this.#waiting.length >= this.#queueLimit) return 'full';
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      admitTo(this.#waiting, resolve, signal, () => reject(signal.reason));
    });
  }

  /**
   * For a task that has entered: its place is free for as long as `wait` takes, and it has one again when this settles,
   * before those who never had one. When `signal` aborts it does not wait for that.
   */
  async outside<T>(wait: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#outside++;
    this.#free();
    try {
      return await wait();
    } finally {
      if (this.#taken < this.#limit || signal.aborted) this.#taken++;
      else {
        await new Promise<void>((resolve) => {
          admitTo(this.#returning, resolve, signal, () => {
            this.#taken++;
            resolve();
          });
        });
      }
      this.#outside--;
    }
  }

  leave(): void {
    this.#free();
    if (this.running === 0) for (const resolve of this.#idlers.splice(0)) resolve();
  }

  /** Settles when nothing runs. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  /** A place passes straight to the next one, so that their number stays as it is. */
  #free(): void {
    const next = this.#taken > this.#limit ? undefined : (this.#returning.shift() ?? this.#waiting.shift());
    if (next === undefined) this.#taken--;
    else next();
  }
}

/** Queues `admit`, until it is called or `signal` aborts. */
function admitTo(queue: (() => void)[], admit: () => void, signal: AbortSignal, giveUp: () => void): void {
  const onAbort = (): void => {
    queue.splice(queue.indexOf(entry), 1);
    giveUp();
  };
  const entry = (): void => {
    signal.removeEventListener('abort', onAbort);
    admit();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  queue.push(entry);
}
