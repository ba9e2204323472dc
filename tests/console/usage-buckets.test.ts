import t from 'tap';
import { bucketsOf, earliest } from '../../runtime/console/src/pages/dashboard/usage-buckets.ts';
import type { UsageSum } from '../../runtime/contract/usage.ts';

const now = Date.parse('2026-03-02T01:00:00Z');
const dayOf = (group: string, costMicros: number): UsageSum => ({
  group,
  calls: 1,
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 1,
  cacheWriteTokens: 0,
  costMicros,
  unknownCalls: 0,
  estimatedCalls: 0,
});
const sums = [dayOf('2026-03-02', 7), dayOf('2026-03-01', 5), dayOf('2026-02-28', 3), dayOf('2025-12-31', 1)];
const starts = (span: 'day' | 'week' | 'month'): string[] =>
  bucketsOf(sums, span, now).map(({ at }) => new Date(at).toISOString().slice(0, 10));

t.match(bucketsOf(sums, 'day', now).slice(-3), [
  { days: 1, costMicros: 3, tokens: 16, calls: 1 },
  { days: 1, costMicros: 5 },
  { days: 1, costMicros: 7 },
]);
t.equal(starts('day').at(0), '2026-02-01');
// The second of March 2026 is a Monday.
t.match(bucketsOf(sums, 'week', now).slice(-2), [
  { days: 7, costMicros: 8 },
  { days: 7, costMicros: 7 },
]);
t.same(starts('week').slice(-2), ['2026-02-23', '2026-03-02']);
t.match(bucketsOf(sums, 'month', now).slice(-4), [
  { days: 31, costMicros: 1 },
  { days: 31, costMicros: 0 },
  { days: 28, costMicros: 3 },
  { days: 31, costMicros: 12 },
]);
t.equal(starts('month').at(0), '2025-04-01');
t.equal(new Date(earliest(now)).toISOString(), '2025-04-01T00:00:00.000Z');
