import type { Clock } from '../base/clock.ts';

/** So many attempts at once, then one each `refillMs`. */
interface Measure {
  readonly attempts: number;
  readonly refillMs: number;
}

/** A browser that signed in before, an address, and all strangers together. */
const measures = {
  device: { attempts: 10, refillMs: 60_000 },
  address: { attempts: 10, refillMs: 60_000 },
  all: { attempts: 50, refillMs: 10_000 },
} as const satisfies Record<string, Measure>;

/** Devices and addresses remembered; the one that was silent longest goes first, and `all` holds for it too. */
const mostKnown = 1_000;

/** Attempts that come back with time, as the moment at which all of them are back. */
class Allowance {
  readonly #measure: Measure;
  #fullAt = 0;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  /** Milliseconds until there is an attempt; 0 when there is one now. */
  waitMs(now: number): number {
    const { attempts, refillMs } = this.#measure;
    // A clock that was put back makes nobody wait longer than if all attempts were used up now.
    this.#fullAt = Math.min(this.#fullAt, now + attempts * refillMs);
    return Math.max(0, this.#fullAt - now - (attempts - 1) * refillMs);
  }

  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#measure.refillMs;
  }

  giveBack(): void {
    this.#fullAt -= this.#measure.refillMs;
  }
}

/**
 * Bounds how often passwords can be guessed. Who signed in with this browser before has attempts of his own (OWASP,
 * "device cookies"): a flood of strangers, who on loopback all have the same address, does not lock him out.
 */
export class LoginLimit {
  readonly #clock: Clock;
  readonly #known = new Map<string, Allowance>();
  readonly #all: Allowance;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#all = new Allowance(measures.all);
  }

  /** Takes one attempt, and gives it back when the guess was right. Milliseconds to wait when there is none. */
  take(address: string, device: string | null): { readonly waitMs: number } | { giveBack(): void } {
    const now = this.#clock.now();
    const needed =
      device === null
        ? [this.#of(`address ${address}`, measures.address), this.#all]
        : [this.#of(`device ${device}`, measures.device)];
    const waitMs = Math.max(...needed.map((allowance) => allowance.waitMs(now)));
    if (waitMs > 0) return { waitMs };
    for (const allowance of needed) allowance.take(now);
    return {
      giveBack: () => {
        for (const allowance of needed) allowance.giveBack();
      },
    };
  }

  #of(name: string, measure: Measure): Allowance {
    const allowance = this.#known.get(name) ?? new Allowance(measure);
    this.#known.delete(name);
    this.#known.set(name, allowance);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKnown) break;
      this.#known.delete(oldest);
    }
    return allowance;
  }
}
