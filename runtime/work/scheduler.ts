import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import type { Logger } from '../base/logger.ts';
import type { Directives, NewDirective } from '../contract/directives.ts';
import type {
  NewSchedule,
  Schedule,
  ScheduleState,
  ScheduleStore,
  ScheduleView,
} from '../contract/schedules.ts';
import { operatorScope, type Scope } from '../contract/scope.ts';
import type { NewSignal } from '../contract/signals.ts';
import { isExact, readTiming, timingOf, upcoming } from './cron.ts';
import { nextState, type ScheduleEvent } from './schedule-life.ts';

/** A firing that is later than this was missed: no kernel ran. Shorter delays are those of a busy machine. */
const graceMs = 60_000;
const batch = 50;
const shownFirings = 3;
const attemptsOfOne = 3;

export interface SchedulerDeps {
  readonly store: ScheduleStore;
  readonly directives: Pick<Directives, 'request'>;
  readonly emit: (scope: Scope, signal: NewSignal) => Promise<unknown>;
  /** Turns words into five cron fields or a time. Throws SCHEDULE_INVALID and what models throw. */
  readonly interpret: (scope: Scope, words: string, timeZone: string) => Promise<string>;
  /** Why an action cannot be done as things are; null when it can. */
  readonly problemOf: (scope: Scope, action: Schedule['action']) => Promise<string | null>;
  /** The zone of schedules that name none. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Fires what is armed, each time once: a firing is a directive whose key is the schedule and the time. */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  #ticking: Promise<void> | undefined;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Puts a schedule on record that fires only after somebody has armed it. Throws SCHEDULE_INVALID, SCHEDULE_ACTION. */
  async propose(scope: Scope, { title, when, timeZone, missed, action }: NewSchedule): Promise<ScheduleView> {
    await this.#checkAction(scope, action);
    const { store, clock, newId, interpret, timeZone: own } = this.#deps;
    const zone = timeZone ?? own;
    const exact = isExact(when) ? when : await interpret(scope, when, zone);
    const { next, ...timing } = await readTiming(exact, zone);
    const now = clock.now();
    const nextAt = next(now);
    if (nextAt === null) throw new NexusError('SCHEDULE_INVALID', { when, problem: 'it lies in the past' });
    const told = { title, missed, action, nextAt, createdAt: now };
    return await this.#view(await store.add(scope, { id: newId(), state: 'proposed', ...timing, ...told }));
  }

  async list(scope: Scope): Promise<readonly ScheduleView[]> {
    return await Promise.all((await this.#deps.store.list(scope)).map((schedule) => this.#view(schedule)));
  }

  /** Lets a schedule fire, by somebody who has read `words`. Throws SCHEDULE_UNKNOWN, SCHEDULE_STATE, SCHEDULE_ACTION. */
  async arm(scope: Scope, id: string, words: string): Promise<ScheduleView> {
    const schedule = await this.#get(scope, id);
    if (schedule.words !== words) throw refused(schedule, 'armed with other words than its own');
    const nextAt = (await timingOf(schedule)).next(this.#deps.clock.now());
    if (nextAt === null) throw refused(schedule, 'armed: its time has passed');
    await this.#checkAction(scope, schedule.action);
    return await this.#move(schedule, 'arm', { nextAt, armedBy: `${scope.user} (${scope.actor})` });
  }

  /** Throws SCHEDULE_UNKNOWN, SCHEDULE_STATE. */
  async change(scope: Scope, id: string, event: 'pause' | 'remove'): Promise<ScheduleView> {
    return await this.#move(await this.#get(scope, id), event, {});
  }

  /** Requests what is due; settles when that is on record. */
  tick(): Promise<void> {
    this.#ticking ??= this.#fireDue().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  async #fireDue(): Promise<void> {
    const { store, clock, log } = this.#deps;
    try {
      for (const schedule of await store.due(clock.now(), batch)) {
        await this.#fire(schedule).catch((error: unknown) =>
          log.error({ err: error, schedule: schedule.id }, 'a schedule did not fire'),
        );
      }
    } catch (error) {
      log.error({ err: error }, 'schedules were not read');
    }
  }

  /** The directive comes on record first: when the end of the kernel comes in between, asking for it again finds it there. */
  async #fire(schedule: Schedule): Promise<void> {
    const { store, directives, emit, clock } = this.#deps;
    const { id, nextAt: at, missed } = schedule;
    if (at === null) return;
    const now = clock.now();
    const scope: Scope = { ...operatorScope(`schedule:${id}`), user: schedule.user, group: schedule.group };
    const isMissed = now - at > graceMs;
    const key = `schedule:${id}:${at}`;
    if (isMissed) {
      const data = { title: schedule.title, at, policy: missed };
      await emit(scope, { name: 'schedule.missed', subject: id, data, dedupeKey: `${key}:missed` });
    }
    const isFired = !isMissed || missed === 'once';
    if (isFired)
      await directives.request(scope, { ...this.#intentOf(schedule), key, maxAttempts: attemptsOfOne });
    const nextAt = (await timingOf(schedule)).next(Math.max(at, isMissed ? now : at));
    const state: ScheduleState = nextAt === null ? nextState(schedule, 'finish') : schedule.state;
    await store.move(schedule, { state, nextAt, ...(isFired ? { lastAt: at } : {}) });
  }

  #intentOf({ action, title, id }: Schedule): Pick<NewDirective, 'kind' | 'payload'> {
    if (action.kind === 'tool')
      return { kind: 'tool.run', payload: { tool: action.tool, args: action.args } };
    const { text, thread, assistant } = action;
    return { kind: 'thread.prompt', payload: { text, thread, assistant, title, schedule: id } };
  }

  async #move(
    schedule: Schedule,
    event: ScheduleEvent,
    change: Partial<Pick<Schedule, 'nextAt' | 'armedBy'>>,
  ): Promise<ScheduleView> {
    const state = nextState(schedule, event);
    if (!(await this.#deps.store.move(schedule, { ...change, state })))
      throw refused(schedule, 'changed: it was changed meanwhile');
    return await this.#view({ ...schedule, ...change, state });
  }

  async #checkAction(scope: Scope, action: Schedule['action']): Promise<void> {
    const problem = await this.#deps.problemOf(scope, action);
    if (problem !== null) throw new NexusError('SCHEDULE_ACTION', { problem });
  }

  async #get(scope: Scope, id: string): Promise<Schedule> {
    const schedule = await this.#deps.store.get(scope, id);
    if (schedule === null) throw new NexusError('SCHEDULE_UNKNOWN', { id });
    return schedule;
  }

  async #view(schedule: Schedule): Promise<ScheduleView> {
    return {
      ...schedule,
      upcoming: upcoming(await timingOf(schedule), this.#deps.clock.now(), shownFirings),
    };
  }
}

function refused({ id, state }: Schedule, wanted: string): NexusError {
  return new NexusError('SCHEDULE_STATE', { id, state, wanted });
}
