import t from 'tap';
import {
  nextLines,
  noLines,
  mostLines,
  type LogLines,
} from '../../runtime/console/src/pages/logs/log-lines.ts';
import type { LogEntry, LogPage } from '../../runtime/contract/logs.ts';

const entry = (n: number): LogEntry => ({
  id: `${n}`,
  at: n,
  level: 'info',
  component: 'kernel',
  plugin: null,
  text: `line ${n}`,
  data: {},
});
const range = (from: number, to: number): LogEntry[] =>
  Array.from({ length: to - from + 1 }, (_, at) => entry(from + at));
/** A page of the API: newest first. */
const page = (from: number, to: number, next: string | null = null): LogPage => ({
  entries: range(from, to).toReversed(),
  next,
});
const shown = ({ entries }: LogLines): string => entries?.map(({ id }) => id).join(' ') ?? 'nothing';
const read = (from: number, to: number, next: string | null = null): LogLines =>
  nextLines(noLines, { type: 'newest', page: page(from, to, next) });

await t.test('what came while the newest were read is behind them, once', (t) => {
  const early = nextLines(noLines, { type: 'came', entries: range(3, 5) });
  t.equal(shown(early), 'nothing');
  const now = nextLines(early, { type: 'newest', page: page(1, 4) });
  t.equal(shown(now), '1 2 3 4 5');
  t.equal(shown(nextLines(now, { type: 'came', entries: range(5, 6) })), '1 2 3 4 5 6');
  t.end();
});

await t.test('after a pause of the stream lines go on where they were, without a gap', (t) => {
  const before = nextLines(read(1, 3, 'far'), { type: 'reading' });
  const came = nextLines(before, { type: 'came', entries: [entry(7)] });
  t.equal(shown(nextLines(came, { type: 'newest', page: page(2, 6, 'x') })), '1 2 3 4 5 6 7');
  const far = nextLines(came, { type: 'newest', page: page(5, 7, 'near') });
  t.equal(shown(far), '5 6 7', 'line 4 is not known: what was before it is read again');
  t.equal(far.earlier, 'near');
  t.end();
});

await t.test('earlier pages come before, and the end is known', (t) => {
  const now = nextLines(read(4, 5, 'a'), { type: 'earlier', page: page(1, 3) });
  t.equal(shown(now), '1 2 3 4 5');
  t.equal(now.earlier, null);
  t.end();
});

await t.test('paused, lines are counted and the page stands still', (t) => {
  const paused = nextLines(read(1, 2), { type: 'pause' });
  const now = nextLines(paused, { type: 'came', entries: range(3, 9) });
  t.equal(shown(now), '1 2');
  t.equal(now.missed, 7);
  t.equal(nextLines(now, { type: 'resume' }).missed, null);
  t.end();
});

await t.test('so many lines are kept, the latest', (t) => {
  const full = nextLines(read(1, mostLines, 'a'), { type: 'came', entries: [entry(mostLines + 1)] });
  t.equal(full.entries?.length, mostLines);
  t.equal(full.entries?.[0]?.id, '2');
  t.equal(full.earlier, null, 'no more is read before them');
  t.end();
});
