/** Milliseconds; a crash older than this is forgotten. */
const windowMs = 60_000;
/** This many crashes inside the window open the breaker. */
const crashLimit = 5;
const firstDelayMs = 100;
const longestDelayMs = 10_000;
/** How long the breaker stays open before one start is tried again (half-open). */
const breakerMs = 30_000;

export type RestartVerdict =
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly crashes: number };

/** The crashes that still count at `now`. */
function recentCrashes(crashTimes: readonly number[], now: number): readonly number[] {
  return crashTimes.filter((time) => now - time < windowMs);
}

/**
 * When a plugin that crashed at `crashTimes` (ascending, the last one just now) may start again: at once after
 * the first crash, then after 100 ms, 200 ms, … up to 10 s; after five crashes in a minute the breaker opens
 * for 30 s. Pure.
 */
export function restartVerdict(crashTimes: readonly number[], now: number): RestartVerdict {
  const recent = recentCrashes(crashTimes, now);
  if (recent.length >= crashLimit) return { kind: 'open', untilMs: now + breakerMs, crashes: recent.length };
  const delayMs = recent.length <= 1 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (recent.length - 2));
  return { kind: 'wait', untilMs: now + delayMs };
}

/** The recent crashes of one plugin and what follows from them. */
export class CrashRecord {
  #times: readonly number[] = [];
  #notBefore = 0;

  /** Milliseconds since 1970 before which the plugin is not to be started. */
  get notBefore(): number {
    return this.#notBefore;
  }

  note(now: number): RestartVerdict {
    this.#times = [...recentCrashes(this.#times, now), now];
    const verdict = restartVerdict(this.#times, now);
    this.#notBefore = verdict.untilMs;
    return verdict;
  }

  forget(): void {
    this.#times = [];
    this.#notBefore = 0;
  }
}
