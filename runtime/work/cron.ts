import { NexusError } from '../base/errors.ts';
import type { Timing } from '../contract/schedules.ts';

const cronForm = /^\s*\S+(?:\s+\S+){4}\s*$/;
const cronChars = /^[\d\s*,/\-?#LWA-Za-z]+$/;
const timeForm = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?$/;

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
  if (timeForm.test(text)) {
    const { Cron } = await import('croner');
    const isoText = text.replace(' ', 'T');
    const at = /(?:Z|[+-]\d{2}:\d{2})$/.test(isoText)
      ? Date.parse(isoText)
      : (attempt(when, () => new Cron(isoText, { paused: true, timezone: timeZone }))
          .getOnce()
          ?.getTime() ?? NaN);
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
  const said = attempt(cron, () => cronstrue.toString(cron, { use24HourTimeFormat: true, verbose: true }));
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
