import { NexusError } from '../base/errors.ts';
import type { Timing } from '../contract/schedules.ts';

const cronForm = /^\s*\S+(?:\s+\S+){4}\s*$/;
const cronChars = /^[\d\s*,/\-?#LWA-Za-z]+$/;
const timeForm = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;

/** A timing as it was read, what it says in words, and when it fires. */
export interface ReadTiming extends Timing {
  readonly words: string;
  readonly next: (after: number) => number | null;
}

/** Whether a text is written so that no model is needed to read it. */
export function isExact(when: string): boolean {
  return timeForm.test(when.trim()) || (cronForm.test(when) && cronChars.test(when) && /[\d*]/.test(when));
}

/** Reads five cron fields or a time. Throws SCHEDULE_INVALID. The libraries for it are loaded when they are first needed. */
export async function readTiming(when: string, timeZone: string): Promise<ReadTiming> {
  checkZone(timeZone);
  const text = when.trim();
  const [, day, minute, second = ':00', offset] = timeForm.exec(text) ?? [];
  if (day !== undefined && minute !== undefined) {
    const local = `${day}T${minute}${second}`;
    if (!isInCalendar(local)) throw invalid(when, 'there is no such day or time of day');
    const { Cron } = await import('croner');
    const at =
      offset === undefined
        ? (attempt(when, () => new Cron(local, { paused: true, timezone: timeZone }))
            .getOnce()
            ?.getTime() ?? NaN)
        : Date.parse(local + offset);
    if (Number.isNaN(at)) throw invalid(when, 'it is no time');
    return timingOf({ cron: null, at, timeZone });
  }
  if (!isExact(text)) throw invalid(when, 'it is neither five cron fields nor a time');
  return timingOf({ cron: text.replaceAll(/\s+/g, ' '), at: null, timeZone });
}

/** A timing on record with what follows from it. */
export async function timingOf({ cron, at, timeZone }: Timing): Promise<ReadTiming> {
  if (cron === null) {
    const words = `Once, on ${spoken(at ?? 0, timeZone)} (${timeZone})`;
    return { cron, at, timeZone, words, next: (after) => (at !== null && at > after ? at : null) };
  }
  const { Cron } = await import('croner');
  const { default: cronstrue } = await import('cronstrue');
  const job = attempt(cron, () => new Cron(cron, { paused: true, timezone: timeZone, mode: '5-part' }));
  const say = (part: string): string =>
    cronstrue.toString(part, { use24HourTimeFormat: true, verbose: true });
  const said = attempt(cron, () =>
    alternativesOf(cron)
      .map(say)
      .join('; or ')
      .replace(/; or ./, (cut) => cut.toLowerCase()),
  );
  const next = (after: number): number | null => job.nextRun(new Date(after))?.getTime() ?? null;
  if (next(0) === null) throw invalid(cron, 'it never fires');
  return { cron, at: null, timeZone, words: `${said} (${timeZone})`, next };
}

/** The next firings after a moment, at most `count`. */
export function upcoming({ next }: ReadTiming, after: number, count: number): readonly number[] {
  const found: number[] = [];
  for (let at = next(after); at !== null && found.length < count; at = next(at)) found.push(at);
  return found;
}

/**
 * One that restricts the day of the month and the day of the week fires where either fits, as cron(8) has it: cronstrue
 * says "and". Each day is said on its own then.
 */
function alternativesOf(cron: string): readonly string[] {
  const [minute, hour, day = '*', month, weekday = '*'] = cron.split(' ');
  if (isEvery(day) || isEvery(weekday)) return [cron];
  return [`${minute} ${hour} ${day} ${month} *`, `${minute} ${hour} * ${month} ${weekday}`];
}

/** A step or a range of all days restricts nothing and counts as a restriction nonetheless, in croner as in cron(8). */
function isEvery(field: string): boolean {
  return field === '*' || field === '?';
}

/** Whether the calendar has this day and the day this time: others would be moved to a later one. */
function isInCalendar(local: string): boolean {
  const at = Date.parse(`${local}Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(local);
}

function spoken(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone }).format(at);
}

function checkZone(timeZone: string): void {
  if (!Intl.supportedValuesOf('timeZone').includes(timeZone) && timeZone !== 'UTC')
    throw invalid(timeZone, 'it is no time zone such as Europe/Berlin');
}

/** The libraries throw plain errors for what they cannot read. */
function attempt<T>(when: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(when, error instanceof Error ? error.message : String(error), error);
  }
}

function invalid(when: string, problem: string, cause?: unknown): NexusError {
  return new NexusError('SCHEDULE_INVALID', { when, problem }, cause);
}
