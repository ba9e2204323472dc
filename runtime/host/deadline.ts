import { systemClock, type Clock } from '../base/clock.ts';

/** The time one call may take in all, not counting what its client takes to answer questions. */
export class Deadline {
  readonly #clock: Clock;
  #leftMs: number | undefined;
  #onExpired: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #runsSince = 0;
  #pauses = 0;

  /** Without `timeoutMs` there is all the time in the world. */
  constructor(timeoutMs: number | undefined, clock: Clock = systemClock) {
    this.#leftMs = timeoutMs;
    this.#clock = clock;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** The plugin is at work until `stop`: `onExpired` is called when what is left of the time runs out. */
  start(onExpired: () => void): void {
    this.#onExpired = onExpired;
    this.#run();
  }

  stop(): void {
    this.#halt();
    this.#onExpired = undefined;
  }

  /** The client is asked. Several questions at once are one pause, which ends with the last answer. */
  pause(): void {
    this.#pauses++;
    this.#halt();
  }

  resume(): void {
    this.#pauses--;
    if (!this.isPaused) this.#run();
  }

  #run(): void {
    if (this.#leftMs === undefined || this.#onExpired === undefined) return;
    this.#runsSince = this.#clock.now();
    this.#timer = setTimeout(this.#onExpired, this.#leftMs);
  }

  #halt(): void {
    if (this.#timer === undefined || this.#leftMs === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs = Math.max(0, this.#leftMs - (this.#clock.now() - this.#runsSince));
  }
}
