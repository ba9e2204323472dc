import type { UsageSum } from '../../../../contract/usage.ts';

/** How many of each are shown. Days are those of the kernel, which begin at midnight UTC. */
const counts = { day: 30, week: 12, month: 12 } as const;
export type Span = keyof typeof counts;

const dayMs = 86_400_000;

/** What models took in one day, week or month. */
export interface Bucket {
  /** When it begins, in milliseconds since 1970. */
  readonly at: number;
  /** Of a budget of one day it has this many. */
  readonly days: number;
  readonly calls: number;
  readonly tokens: number;
  readonly costMicros: number;
}

/** When the first bucket of the longest span begins. */
export function earliest(now: number): number {
  return startsOf('month', now)[0] ?? now;
}

/** The sums of days put into days, weeks that begin on Mondays, or months; those without any are there too. */
export function bucketsOf(sums: readonly UsageSum[], span: Span, now: number): readonly Bucket[] {
  const starts = startsOf(span, now);
  const ends = [...starts.slice(1), next(span, starts.at(-1) ?? now)];
  const days = sums.map((sum) => ({ ...sum, at: Date.parse(`${sum.group}T00:00:00Z`) }));
  return starts.map((at, index) => {
    const end = ends[index] ?? at;
    const within = days.filter((day) => day.at >= at && day.at < end);
    const total = (of: (sum: UsageSum) => number): number => within.reduce((all, sum) => all + of(sum), 0);
    return {
      at,
      days: Math.round((end - at) / dayMs),
      calls: total(({ calls }) => calls),
      tokens: total(tokensOf),
      costMicros: total(({ costMicros }) => costMicros),
    };
  });
}

function tokensOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: UsageSum): number {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
}

function startsOf(span: Span, now: number): readonly number[] {
  const starts = [begin(span, now)];
  while (starts.length < counts[span]) starts.unshift(begin(span, (starts[0] ?? now) - 1));
  return starts;
}

function begin(span: Span, at: number): number {
  const date = new Date(at);
  if (span === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const day = Math.floor(at / dayMs) * dayMs;
  return span === 'day' ? day : day - ((date.getUTCDay() + 6) % 7) * dayMs;
}

function next(span: Span, start: number): number {
  const date = new Date(start);
  if (span === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return start + (span === 'day' ? 1 : 7) * dayMs;
}
