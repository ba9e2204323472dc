import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Descriptor } from '../../../plugins/filesystem/src/descriptor.ts';
import { compilePattern } from '../../../plugins/filesystem/src/pattern.ts';
import { TextSearch } from '../../../plugins/filesystem/src/text-search.ts';
import { makeFolders } from './harness.ts';

const path = join(makeFolders(t).workspace, 'file');
const START = { offset: 0, line: 1 };

function open(content: string): Descriptor {
  writeFileSync(path, content);
  const file = new Descriptor(openSync(path, 'r'));
  t.teardown(() => file[Symbol.dispose]());
  return file;
}

function searchFor(
  source: string,
  maxHits = 100,
  context = 0,
  signal = new AbortController().signal,
): TextSearch {
  return new TextSearch(compilePattern(source, false, false), { maxHits, context, signal });
}

await t.test('stops at the match that does not fit, and goes on there', async (test) => {
  const file = open('x1\n\nx2\nx3\n');
  const first = searchFor('x', 2);
  test.same(await first.searchFile(file, 'f', START), { offset: 7, line: 4 });
  test.same(
    first.hits.map((hit) => hit.text),
    ['x1', 'x2'],
  );
  const second = searchFor('x', 2);
  test.equal(await second.searchFile(file, 'f', { offset: 7, line: 4 }), undefined);
  test.match(second.hits, [{ line: 4, text: 'x3' }]);
});

await t.test('context of neighbours overlaps', async (test) => {
  const search = searchFor('hit', 10, 2);
  await search.searchFile(open('a\nhit1\nb\nhit2\nc\nd\ne\n'), 'f', START);
  test.same(
    search.hits.map(({ before, after }) => [before, after]),
    [
      [['a'], ['b', 'hit2']],
      [
        ['hit1', 'b'],
        ['c', 'd'],
      ],
    ],
  );
});

await t.test('a long line is cut around its match, at whole characters', async (test) => {
  const search = searchFor('needle');
  await search.searchFile(open(`${'🦊'.repeat(2_000)}needle${'🦊'.repeat(2_000)}\n`), 'f', START);
  const [hit] = search.hits;
  test.match(hit, { column: 4_001, text: /^….*needle.*…$/u });
  test.ok((hit?.text.length ?? 0) <= 402 && hit?.text.isWellFormed());
});

await t.test('ends at a NUL byte, and when the work is used up', async (test) => {
  test.equal(await searchFor('a').searchFile(open('a\n\0\na'), 'f', START), 'binary');
  const file = open('ab\n'.repeat(400_000));
  const search = searchFor('a[ab]{0,450}c');
  const stopped = await search.searchFile(file, 'f', START);
  test.ok(search.isSpent);
  test.match(stopped, { offset: search.bytes, line: search.bytes / 3 + 1 });
});

await t.test('stops when the call is canceled', async (test) => {
  const search = searchFor('zz', 1, 0, AbortSignal.abort());
  await test.rejects(search.searchFile(open('ab\n'.repeat(500_000)), 'f', START), { name: 'AbortError' });
  test.ok(search.bytes < 1_000_000, 'long before the end');
});
