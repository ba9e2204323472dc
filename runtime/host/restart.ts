import type { BreakerView } from '../contract/health.ts';

/** When plugins that crash are started again. Times in milliseconds. */
export interface RestartPolicy {
  /** A crash older than this is forgotten. */
  readonly windowMs: number;
  /** This many crashes inside the window open the breaker. */
  readonly crashLimit: number;
  readonly firstDelayMs: number;
  /** How long the breaker stays open the first time; twice as long each time the trial after it fails. */
  readonly firstBreakMs: number;
  readonly longestBreakMs: number;
}

export const restartPolicy: RestartPolicy = {
  windowMs: 60_000,
  crashLimit: 5,
  firstDelayMs: 100,
  firstBreakMs: 30_000,
  longestBreakMs: 600_000,
};

/**
 * What keeps a plugin from being started after crashes. `closed`: nothing but a short delay; `open`: it is not started
 * before `untilMs`; `half-open`: it was started once more at `triedMs`, and what happens next decides.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly crashTimes: readonly number[] }
  | { readonly state: 'open'; readonly reason: string; readonly untilMs: number; readonly breakMs: number }
  | {
      readonly state: 'half-open';
      readonly reason: string;
      readonly triedMs: number;
      readonly breakMs: number;
    };

export type BreakerEvent =
  | { readonly type: 'crash'; readonly words: string }
  /** It is being started. */
  | { readonly type: 'start' }
  /** It answered a call or a check. */
  | { readonly type: 'answer' };

export const closedBreaker: Breaker = { state: 'closed', crashTimes: [] };

/** The next state of a breaker. Pure. */
export function nextBreaker(
  breaker: Breaker,
  event: BreakerEvent,
  now: number,
  policy: RestartPolicy = restartPolicy,
): Breaker {
  if (event.type === 'crash') return afterCrash(breaker, event.words, now, policy);
  if (event.type === 'start' && breaker.state === 'open') {
    const { reason, breakMs } = breaker;
    return { state: 'half-open', reason, breakMs, triedMs: now };
  }
  return event.type === 'answer' && breaker.state === 'half-open' ? closedBreaker : breaker;
}

function afterCrash(breaker: Breaker, words: string, now: number, policy: RestartPolicy): Breaker {
  const { windowMs, crashLimit, firstBreakMs, longestBreakMs } = policy;
  const hasHeld = breaker.state === 'half-open' && now - breaker.triedMs >= windowMs;
  if (breaker.state !== 'closed' && !hasHeld) {
    const breakMs = Math.min(longestBreakMs, breaker.breakMs * 2);
    const reason = `crash loop: tried again after ${breaker.breakMs / 1_000} s, it ended again; last: ${words}`;
    return { state: 'open', reason, breakMs, untilMs: now + breakMs };
  }
  const earlier = breaker.state === 'closed' ? breaker.crashTimes : [];
  const crashTimes = [...earlier.filter((time) => now - time < windowMs), now];
  if (crashTimes.length < crashLimit) return { state: 'closed', crashTimes };
  const reason = `crash loop: it ended ${crashTimes.length} times within a minute; last: ${words}`;
  return { state: 'open', reason, breakMs: firstBreakMs, untilMs: now + firstBreakMs };
}

/**
 * Milliseconds since 1970 before which a plugin is not to be started: at once after the first crash of a minute, then
 * after 100, 200 and 400 ms, and after the fifth when the breaker says so.
 */
export function notBefore(breaker: Breaker, { firstDelayMs }: RestartPolicy = restartPolicy): number {
  if (breaker.state === 'open') return breaker.untilMs;
  if (breaker.state === 'half-open') return 0;
  const { crashTimes } = breaker;
  const delayMs = crashTimes.length <= 1 ? 0 : firstDelayMs * 2 ** (crashTimes.length - 2);
  return (crashTimes.at(-1) ?? 0) + delayMs;
}

/** What people are shown of a breaker. */
export function viewBreaker(
  breaker: Breaker,
  now: number,
  { windowMs }: RestartPolicy = restartPolicy,
): BreakerView {
  if (breaker.state === 'open') return { state: 'open', reason: breaker.reason, untilMs: breaker.untilMs };
  if (breaker.state === 'half-open' && now - breaker.triedMs < windowMs)
    return { state: 'half-open', reason: breaker.reason, untilMs: null };
  return { state: 'closed', reason: '', untilMs: null };
}
