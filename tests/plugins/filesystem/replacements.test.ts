import t from 'tap';
import { applyEdits, type Edit } from '../../../plugins/filesystem/src/replacements.ts';

const edit = (old_text: string, new_text: string, all?: boolean): Edit => ({ old_text, new_text, all });

await t.test('replacement text is taken as it is', (test) => {
  test.equal(applyEdits('a b', [edit('b', '$& $1 $$ $`')]).text, 'a $& $1 $$ $`');
  test.equal(applyEdits('x.y', [edit('.', '!')]).text, 'x!y', 'and so is the old text');
  test.equal(applyEdits('a', [edit('a', '')]).text, '');
  test.end();
});

await t.test('each edit works on the result of the one before', (test) => {
  test.same(applyEdits('1', [edit('1', '22'), edit('22', '333')]), { text: '333', replacements: 2 });
  test.same(applyEdits('aXaXa', [edit('a', 'aa', true)]), { text: 'aaXaaXaa', replacements: 3 });
  test.same(applyEdits('aaa', [edit('aa', 'b', true)]), { text: 'ba', replacements: 1 });
  test.end();
});

await t.test('overlapping places are more than one', (test) => {
  test.throws(() => applyEdits('aaa', [edit('aa', 'b')]), { message: /2 times \(lines 1, 1\)/ });
  const many = 'x\n'.repeat(5_000);
  test.throws(() => applyEdits(many, [edit('x', 'y')]), { message: /1000 times \(lines 1, 2, 3, 4, 5, …\)/ });
  test.equal(applyEdits(many, [edit('x', 'y', true)]).replacements, 5_000);
  test.end();
});

await t.test('says which line is nearly it', (test) => {
  const text = 'function a() {\n\treturn  1;\n}\n';
  test.throws(() => applyEdits(text, [edit('  return 1;', 'x')]), {
    message: /line 2 is similar but not the same/,
  });
  test.throws(() => applyEdits(text, [edit('nothing alike', 'x')]), { message: /not in the file\. / });
  test.throws(() => applyEdits('', [edit('a', 'b')]), { code: 'NO_UNIQUE_MATCH' });
  test.end();
});

await t.test('line endings', (test) => {
  const cases: readonly (readonly [
    name: string,
    text: string,
    old: string,
    now: string,
    expected: string,
  ])[] = [
    ['edit in LF, file in CRLF', 'a\r\nb\r\n', 'a\nb', 'c\nd', 'c\r\nd\r\n'],
    ['edit in CRLF, file in LF', 'a\nb\n', 'a\r\nb', 'c\r\nd', 'c\nd\n'],
    ['edit in CRLF, file in CRLF', 'a\r\nb\r\n', 'a\r\nb', 'c\r\nd', 'c\r\nd\r\n'],
    ['new lines in a one-line edit', 'a\r\nb\r\n', 'b', 'b\nc', 'a\r\nb\r\nc\r\n'],
    ['a file with both is taken as it is', 'a\r\nb\nc', 'b\nc', 'x\ny', 'a\r\nx\ny'],
    ['a file without any is taken as it is', 'a', 'a', 'x\r\ny', 'x\r\ny'],
    ['lone carriage returns stay', 'a\rb\n', 'b', 'c', 'a\rc\n'],
  ];
  for (const [name, text, old, now, expected] of cases) {
    test.equal(applyEdits(text, [edit(old, now)]).text, expected, name);
  }
  test.throws(() => applyEdits('a\r\nb\nc', [edit('a\nb', 'x')]), { code: 'NO_UNIQUE_MATCH' });
  test.end();
});
