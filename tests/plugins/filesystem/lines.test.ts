import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Descriptor } from '../../../plugins/filesystem/src/descriptor.ts';
import { linesOf, PIECE_BYTES } from '../../../plugins/filesystem/src/lines.ts';
import { makeFolders } from './harness.ts';

const path = join(makeFolders(t).workspace, 'file');

function read(
  content: string,
  from = 0,
): { text: string; offset: number; next: number; endsLine: boolean }[] {
  writeFileSync(path, content);
  using file = new Descriptor(openSync(path, 'r'));
  return Array.from(linesOf(file, from), ({ bytes, ...rest }) => ({ text: bytes.toString(), ...rest }));
}

await t.test('lines and where they are', (test) => {
  test.same(read(''), []);
  test.same(read('\n'), [{ text: '', offset: 0, next: 1, endsLine: true }]);
  test.same(
    read('a\n\nbc').map(({ text, offset, next }) => [text, offset, next]),
    [
      ['a', 0, 2],
      ['', 2, 3],
      ['bc', 3, 5],
    ],
  );
  test.same(
    read('a\nb\n', 2).map(({ text, offset }) => [text, offset]),
    [['b', 2]],
  );
  test.same(read('a', 5), []);
  test.end();
});

await t.test('across block borders nothing is lost, twice or moved', (test) => {
  for (const width of [1, 2, 1_000, PIECE_BYTES - 2, PIECE_BYTES - 1]) {
    const content = `${'x'.repeat(width)}\n`.repeat(Math.ceil((PIECE_BYTES * 3) / (width + 1)));
    const lines = read(content);
    test.ok(
      lines.every((line, at) => line.text.length === width && line.offset === at * (width + 1)),
      `width ${width}`,
    );
    test.equal(lines.at(-1)?.next, content.length);
  }
  test.end();
});

await t.test('a long line comes in pieces', (test) => {
  for (const extra of [0, 1, PIECE_BYTES]) {
    const long = 'y'.repeat(PIECE_BYTES + extra);
    const lines = read(`a\n${long}\nb`);
    test.equal(lines.map((line) => line.text + (line.endsLine ? '\n' : '')).join(''), `a\n${long}\nb\n`);
    test.ok(lines.every((line) => line.text.length <= PIECE_BYTES));
  }
  test.end();
});
