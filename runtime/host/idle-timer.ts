/** Calls `stop` when a plugin was idle for so long as its manifest says. */
export class IdleTimer {
  readonly #idleStopMs: () => number;
  readonly #isIdle: () => boolean;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleStopMs: () => number, isIdle: () => boolean, stop: () => void) {
    this.#idleStopMs = idleStopMs;
    this.#isIdle = isIdle;
    this.#stop = stop;
  }

  /** Begins anew; 0 ms means never. */
  begin(): void {
    this.cancel();
    const idleStopMs = this.#idleStopMs();
    if (idleStopMs === 0 || !this.#isIdle()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isIdle()) this.#stop();
    }, idleStopMs);
    this.#timer.unref();
  }

  /** Goes on, or begins when it did not run. */
  resume(): void {
    if (this.#timer === undefined) this.begin();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
