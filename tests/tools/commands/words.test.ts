import t from 'tap';
import { splitWords } from '../../../runtime/tools/commands/words.ts';

const texts = (line: string): unknown => {
  const words = splitWords(line);
  return 'problem' in words ? words : words.map(({ text }) => text);
};

const equals = (line: string): unknown => {
  const words = splitWords(line);
  return 'problem' in words ? words : words.map((word) => word.equals);
};

const lines: Readonly<Record<string, readonly string[]>> = {
  '': [],
  '  a  b\tc\n': ['a', 'b', 'c'],
  [`'a b' "c d" e" "f`]: ['a b', 'c d', 'e f'],
  [String.raw`"say \"hi\"" 'back\slash' a\ b \'`]: ['say "hi"', String.raw`back\slash`, 'a b', "'"],
  [`"" ''`]: ['', ''],
  'ünï 🐟=x': ['ünï', '🐟=x'],
  'end\\': ['end\\'],
};
await t.test('words', (t) => {
  for (const [line, expected] of Object.entries(lines)) t.same(texts(line), expected, JSON.stringify(line));
  t.end();
});

await t.test('names: what stands unquoted before the first =', (t) => {
  t.same(equals('a=b "a=b" a="b c" a=b=c =x 1=2 http://x?a=b'), [
    1,
    undefined,
    1,
    1,
    undefined,
    undefined,
    undefined,
  ]);
  t.same(texts('a="b c"'), ['a=b c']);
  t.same(equals(String.raw`a\=b`), [undefined]);
  t.end();
});

await t.test('a quote that is not closed is no word', (t) => {
  t.match(texts(`it's fine`), { problem: /a ' is opened and never closed; write \\' for the character/ });
  t.match(texts('"a'), { problem: /a " is opened/ });
  t.end();
});
