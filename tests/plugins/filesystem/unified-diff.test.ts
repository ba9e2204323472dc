import t from 'tap';
import { unifiedDiff } from '../../../plugins/filesystem/src/unified-diff.ts';

const lines = (count: number, word: string): string =>
  Array.from({ length: count }, (_, at) => `${word}${at}\n`).join('');

await t.test('hunks with three lines around them', (test) => {
  const before = lines(20, 'l');
  const after = before.replace('l2\n', 'two\n').replace('l17\n', '');
  const diff = unifiedDiff('a b/x', before, after);
  test.match(diff, /^--- a\/a b\/x\n\+\+\+ b\/a b\/x\n@@ -1,6 \+1,6 @@\n l0\n l1\n-l2\n\+two\n l3\n/);
  test.match(diff, /\n@@ -15,6 \+15,5 @@\n l14\n l15\n l16\n-l17\n l18\n l19\n$/);
  test.match(unifiedDiff('x', 'a', 'b'), '\\ No newline at end of file');
  test.equal(unifiedDiff('x', 'a\n', 'a\n'), '--- a/x\n+++ b/x\n');
  test.end();
});

await t.test('a rewrite of a large file ends, with a note in place of the diff', (test) => {
  test.match(unifiedDiff('x', lines(50_000, 'a'), lines(50_000, 'b')), /^\(more than 2000 changed lines/);
  test.match(unifiedDiff('x', `${'a'.repeat(70_000)}\n`, 'b\n'), /^\(more than/);
  test.end();
});
