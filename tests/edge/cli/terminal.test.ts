import t from 'tap';
import { duration, inOneLine, moment, printable, wrap } from '../../../runtime/edge/cli/terminal.ts';

await t.test('foreign text cannot steer the terminal', async (t) => {
  t.equal(printable('\u001b[2J\u001b]0;title\u0007red \u001b[31mtext\u001b[0m'), 'red text');
  t.equal(printable('over\rwritten\bby\u009b31m C1'), 'overwrittenby C1');
  t.equal(printable('file\u202Egpj.exe'), 'filegpj.exe');
  t.equal(printable('ä 漢字 👩‍👩‍👧\n\tkept'), 'ä 漢字 👩‍👩‍👧\n\tkept');
  t.equal(inOneLine(' two\n  lines\t'), 'two lines');
});

await t.test('durations', async (t) => {
  t.equal(duration(0), '0 ms');
  t.equal(duration(999), '999 ms');
  t.equal(duration(1_250), '1.3 s');
  t.equal(duration(185_000), '3 min 05 s');
  t.equal(duration(3_600_000), '60 min 00 s');
});

await t.test('moments of today have no day', async (t) => {
  const now = new Date(2026, 10, 20, 15, 0, 0).getTime();
  t.equal(moment(new Date(2026, 10, 20, 4, 5, 6).getTime(), now), '04:05:06');
  t.equal(moment(new Date(2026, 10, 19, 23, 59, 9).getTime(), now), '2026-11-19 23:59:09');
});

await t.test('wrapping breaks between words and measures what is seen', async (t) => {
  t.same(wrap('aa bb cc', 5), ['aa bb', 'cc']);
  t.same(wrap('fits', 5), ['fits']);
  t.same(wrap('toolongword x', 5), ['toolongword', 'x']);
  t.same(wrap('漢字 漢字', 8), ['漢字', '漢字'], 'wide characters take two columns');
});
