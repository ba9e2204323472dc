import { NexusError } from '../base/errors.ts';
import type { ScheduleState } from '../contract/schedules.ts';

export type ScheduleEvent = 'arm' | 'pause' | 'finish' | 'remove';

const table: Readonly<Record<ScheduleState, Partial<Readonly<Record<ScheduleEvent, ScheduleState>>>>> = {
  proposed: { arm: 'armed', remove: 'removed' },
  armed: { pause: 'paused', finish: 'done', remove: 'removed' },
  paused: { arm: 'armed', remove: 'removed' },
  done: { remove: 'removed' },
  removed: {},
};

const wantedBy = { arm: 'armed', pause: 'paused', finish: 'done', remove: 'removed' } as const;

/** The state of a schedule after an event. Throws SCHEDULE_STATE for a pair that is not in the table. */
export function nextState(
  { id, state }: { readonly id: string; readonly state: ScheduleState },
  event: ScheduleEvent,
): ScheduleState {
  const after = table[state][event];
  if (after === undefined) throw new NexusError('SCHEDULE_STATE', { id, state, wanted: wantedBy[event] });
  return after;
}
