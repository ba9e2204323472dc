/** Calls `stop` when a plugin was idle for so long as its manifest says. */
export class IdleTimer {
  readonly #isIdle: () => boolean;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(isIdle: () => boolean, stop: () => void) {
    this.#isIdle = isIdle;
    this.#stop = stop;
  }

  /** Begins anew; 0 ms means never. */
  begin(idleStopMs: number): void {
    this.cancel();
    if (idleStopMs === 0 || !this.#isIdle()) return;
    this.#timer = setTimeout(() => {
      if (this.#isIdle()) this.#stop();
    }, idleStopMs);
    this.#timer.unref();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
