import t from 'tap';
import {
  duration,
  escapeHidden,
  inOneLine,
  moment,
  printable,
  wrap,
} from '../../../runtime/edge/cli/terminal.ts';

await t.test('foreign text cannot steer the terminal', async (t) => {
  t.equal(printable('\u001b[2J\u001b]0;title\u0007red \u001b[31mtext\u001b[0m'), 'red text');
  t.equal(printable('over\rwritten\bby\u009b31m C1'), 'over\\u000dwritten\\u0008by C1');
  t.equal(printable('CRLF\r\nlines\r\n'), 'CRLF\nlines\n');
  t.equal(printable('ä 漢字 👩‍👩‍👧 ❤️‍🔥 👩🏽‍🚀\n\tkept'), 'ä 漢字 👩‍👩‍👧 ❤️‍🔥 👩🏽‍🚀\n\tkept');
  t.equal(inOneLine(' two\r\n  lines\t'), 'two lines');
});

await t.test('what turns the direction of writing, or cannot be seen, is shown as an escape', async (t) => {
  t.equal(printable('file\u202Egpj.exe'), 'file\\u202egpj.exe');
  const hidden =
    '061c 200b 200c 200d 200e 200f 202a 202b 202c 202d 202e 2060 2066 2067 2068 2069 feff 00ad 3164 2028 2029 0085 007f';
  for (const code of hidden.split(' ')) {
    t.equal(printable(`a${String.fromCodePoint(Number.parseInt(code, 16))}b`), `a\\u${code}b`);
  }
  t.equal(printable('x\u{E0041}'), 'x\\udb40\\udc41', 'tag characters, which carry hidden text');
  const written = { [`a\u202Eb`]: 'c\u{E0041}\u009b2J "d"' };
  t.same(JSON.parse(escapeHidden(JSON.stringify(written))), written, 'in JSON it is still the same value');
  t.notMatch(escapeHidden(JSON.stringify(written)), /[\u202E\u009b]/);
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
