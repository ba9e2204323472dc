import { openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Descriptor } from '../../../plugins/filesystem/src/descriptor.ts';
import {
  isText,
  readBytes,
  sliceBytes,
  sliceLines,
  TEXT_LIMIT_BYTES,
  wholeCharacters,
} from '../../../plugins/filesystem/src/file-slice.ts';
import { makeFolders } from './harness.ts';

const path = join(makeFolders(t).workspace, 'file');
const signal = new AbortController().signal;

function put(content: string | Buffer): { file: Descriptor; size: number } {
  writeFileSync(path, content);
  const file = new Descriptor(openSync(path, 'r'));
  t.teardown(() => file[Symbol.dispose]());
  return { file, size: Buffer.byteLength(content) };
}

await t.test('every range of lines of small files is what splitting gives', async (test) => {
  for (const content of ['a', 'a\n', '\n', '\n\n', 'a\nb', 'a\nb\n', 'a\r\n\r\nb\r\n', 'ä\n中\n🦊']) {
    const { file, size } = put(content);
    const all = content.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    for (let first = 1; first <= all.length; first += 1) {
      for (let last = first; last <= all.length + 1; last += 1) {
        const slice = await sliceLines(file, size, { first, last }, signal);
        const expected = all.slice(first - 1, last);
        test.equal(slice.bytes.toString(), expected.join(''), `${JSON.stringify(content)} ${first}-${last}`);
        test.same(slice.lines, { first, last: first + expected.length - 1, total: all.length });
        test.same(slice.next, last < all.length ? { start_line: last + 1 } : undefined);
      }
    }
    await test.rejects(sliceLines(file, size, { first: all.length + 1, last: 99 }, signal), {
      message: new RegExp(`has only ${all.length} lines`),
    });
  }
});

await t.test('whole lines up to the limit, then on from the next', async (test) => {
  const { file, size } = put(`${'x'.repeat(999)}\n`.repeat(600));
  const slice = await sliceLines(file, size, { first: 1, last: 600 }, signal);
  test.equal(slice.bytes.length, 262_000);
  test.same([slice.lines, slice.next], [{ first: 1, last: 262, total: 600 }, { start_line: 263 }]);
});

await t.test('a line longer than the limit is given in part, even in the middle of a file', async (test) => {
  const { file, size } = put(`first\n${'🦊'.repeat(100_000)}\nlast\n`);
  const slice = await sliceLines(file, size, { first: 2, last: 2 }, signal);
  test.equal(slice.bytes.length, TEXT_LIMIT_BYTES);
  test.same([slice.offset, slice.next], [6, { offset_bytes: 6 + TEXT_LIMIT_BYTES }]);
  test.ok(isText(slice.bytes));
});

await t.test('a large file is not counted to the end', async (test) => {
  const { file } = put('a\nb\n');
  truncateSync(path, 10_000_000);
  const slice = await sliceLines(file, 10_000_000, { first: 1, last: 2 }, signal);
  test.same(slice.lines, { first: 1, last: 2, total: undefined });
  test.same(slice.next, { start_line: 3 });
});

await t.test('stops when the call is canceled', async (test) => {
  const { file } = put('');
  truncateSync(path, 20_000_000);
  await test.rejects(sliceLines(file, 20_000_000, { first: 2, last: 2 }, AbortSignal.abort()), {
    name: 'AbortError',
  });
});

await t.test('byte ranges end at whole characters when there is more', (test) => {
  const { file, size } = put('aä中🦊z');
  const at = (offset: number, length: number): readonly [string, unknown] => {
    const slice = sliceBytes(file, size, offset, length);
    return [slice.bytes.toString('hex'), slice.next];
  };
  test.same(at(0, 2), ['61', { offset_bytes: 1 }]);
  test.same(at(0, 3), ['61c3a4', { offset_bytes: 3 }]);
  test.same(at(3, 2), ['e4b8', { offset_bytes: 5 }], 'less than one character is given as it is');
  test.same(at(6, 100), ['f09fa68a7a', undefined]);
  test.same(at(size, 1), ['', undefined]);
  test.throws(() => sliceBytes(file, size, size + 1, 1), { code: 'INVALID_ARGUMENT' });
  test.equal(readBytes(file, 9, 100).toString(), Buffer.from('aä中🦊z').subarray(9).toString());
  test.end();
});

await t.test('whole characters', (test) => {
  const bytes = Buffer.from('aä中🦊');
  const ends = Array.from(
    { length: bytes.length + 1 },
    (_, end) => wholeCharacters(bytes.subarray(0, end)).length,
  );
  test.same(ends, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10]);
  test.equal(wholeCharacters(Buffer.alloc(5, 0x80)).length, 5, 'bytes that are no text stay');
  test.same(
    [isText(Buffer.from('a\0')), isText(Buffer.from([0xc3])), isText(Buffer.alloc(0))],
    [false, false, true],
  );
  test.end();
});
