import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { readerLocale } from './reader-locale.ts';

const exact = new Intl.DateTimeFormat(readerLocale, { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(readerLocale, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long ago, or the day when that is more than a week. */
function ago(at: number, now: number): string {
  const since = at - now;
  const size = Math.abs(since);
  if (size < minuteMs) return since <= 0 ? 'just now' : 'in a moment';
  if (size < hourMs) return relative.format(Math.round(since / minuteMs), 'minute');
  if (size < dayMs) return relative.format(Math.round(since / hourMs), 'hour');
  return size < 7 * dayMs ? relative.format(Math.round(since / dayMs), 'day') : day.format(at);
}

/** A moment in the reader's own zone, in milliseconds since 1970; the exact time is shown on hover and focus. */
export function Time({ at }: { readonly at: number }) {
  // Another moment is looked at anew: one after the last look at the clock would be said to come.
  return <Moment key={at} at={at} />;
}

function Moment({ at }: { readonly at: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minuteMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <Tooltip label={exact.format(at)} openDelay={300}>
      <time dateTime={new Date(at).toISOString()}>{ago(at, now)}</time>
    </Tooltip>
  );
}

/** A length of time in the largest unit that tells enough. */
export function lengthOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < minuteMs) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min ${Math.floor((ms % minuteMs) / 1_000)} s`;
  return `${Math.floor(ms / hourMs)} h ${Math.floor((ms % hourMs) / minuteMs)} min`;
}
