/** This many failed checks in a row end a plugin the first time. */
const firstLimit = 3;
const longestLimit = 48;

/** What the checks of one plugin have come to. */
export interface CheckStreak {
  /** Failed checks in a row. */
  readonly failed: number;
  /** When the first of them failed, in milliseconds since 1970. */
  readonly failedSince: number;
  /** How many end it: twice as many each time it was ended and no check has succeeded since. */
  readonly limit: number;
}

export const freshStreak: CheckStreak = { failed: 0, failedSince: 0, limit: firstLimit };

/** After one more check. Pure. */
export function afterCheck(streak: CheckStreak, isOk: boolean, now: number): CheckStreak {
  if (isOk) return freshStreak;
  const { failed, failedSince, limit } = streak;
  return { failed: failed + 1, failedSince: failed === 0 ? now : failedSince, limit };
}

/** After the plugin was ended because of them. A restart that mends nothing must not become a habit. */
export function afterRestart({ limit }: CheckStreak): CheckStreak {
  return { failed: 0, failedSince: 0, limit: Math.min(longestLimit, limit * 2) };
}

/**
 * Whether the plugin is to be ended. Calls in flight are given the whole time a call may take, `timeoutMs`, from the
 * first failed check on: one that only computes for long answers nothing meanwhile.
 */
export function isOver(
  { failed, failedSince, limit }: CheckStreak,
  inFlight: number,
  timeoutMs: number,
  now: number,
): boolean {
  return failed >= limit && (inFlight === 0 || now - failedSince >= timeoutMs);
}
