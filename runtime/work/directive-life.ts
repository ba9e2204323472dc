import type { DirectiveState } from '../contract/directives.ts';

export type DirectiveEvent =
  'start' | 'repeat' | 'succeed' | 'fail' | 'cancel' | 'lose' | 'happened' | 'not-happened';

const table: Readonly<Record<DirectiveState, Partial<Readonly<Record<DirectiveEvent, DirectiveState>>>>> = {
  requested: { start: 'running', cancel: 'canceled', fail: 'failed' },
  running: { repeat: 'requested', succeed: 'succeeded', fail: 'failed', cancel: 'canceled', lose: 'unknown' },
  unknown: { happened: 'succeeded', 'not-happened': 'failed' },
  succeeded: {},
  failed: {},
  canceled: {},
};

/** The state after an event. Throws on a pair that is not in the table, such as anything after an end. */
export function next(state: DirectiveState, event: DirectiveEvent): DirectiveState {
  const after = table[state][event];
  if (after === undefined) throw new TypeError(`a directive that is ${state} cannot ${event}`);
  return after;
}

/** Whether nothing can happen to it any more. */
export function isFinal(state: DirectiveState): boolean {
  return Object.keys(table[state]).length === 0;
}

const firstDelayMs = 1_000;
const longestDelayMs = 3_600_000;

/** How long to wait before the next attempt after `attempts` that failed: four times as long each time, less up to a half at random. */
export function delayMs(attempts: number, random: () => number): number {
  const whole = Math.min(longestDelayMs, firstDelayMs * 4 ** (attempts - 1));
  return Math.round(whole * (1 - random() / 2));
}
