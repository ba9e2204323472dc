import t from 'tap';
import { compileGlobs } from '../../../plugins/filesystem/src/globs.ts';

const matches = (glob: string, path: string): boolean => compileGlobs([glob])(path.split('/'));

await t.test('wildcards', (test) => {
  const table: readonly (readonly [glob: string, yes: readonly string[], no: readonly string[]])[] = [
    ['*.ts', ['a.ts', 'x/y/a.ts', '.ts'], ['a.tsx', 'a.ts/b']],
    ['src/*.ts', ['src/a.ts'], ['a.ts', 'src/x/a.ts', 'x/src/a.ts']],
    ['./src/*.ts', ['src/a.ts'], ['a.ts']],
    ['/a', ['a'], ['x/a']],
    ['src/**', ['src/a', 'src/x/y'], ['src', 'a/src/b']],
    ['**/test/**', ['test/a', 'x/test/a/b'], ['test', 'tests/a']],
    ['src/**/a.ts', ['src/a.ts', 'src/x/y/a.ts'], ['src/xa.ts', 'a.ts']],
    ['node_modules/', ['node_modules', 'x/node_modules'], ['node_modules2']],
    ['a?c', ['abc', 'aüc'], ['ac', 'a/c', 'abbc']],
    ['[a-c]x', ['ax', 'cx'], ['dx', '/x']],
    ['[!a-c]x', ['dx'], ['ax']],
    ['[^a]', ['b'], ['a', '^a']],
    ['[]]x', [']x'], ['x']],
    ['[\\d&&\\]x', ['dx', '&x', '\\x'], ['1x']],
    ['*.{ts,js}', ['a.ts', 'b.js'], ['a.css']],
    ['{a,b{1,2}}/c', ['a/c', 'b2/c'], ['b/c']],
    ['a,b', ['a,b'], ['a']],
    ['a+(b)|c.d^$', ['a+(b)|c.d^$'], ['aab', 'c']],
    ['\\*', ['*'], ['a']],
    ['\\{a', ['{a'], ['a']],
    ['*', ['a', 'x/a', 'a\nb'], []],
  ];
  for (const [glob, yes, no] of table) {
    for (const path of yes) test.ok(matches(glob, path), `${glob} matches ${path}`);
    for (const path of no) test.notOk(matches(glob, path), `${glob} does not match ${path}`);
  }
  test.end();
});

await t.test('several, and none', (test) => {
  const either = compileGlobs(['a', 'x/*']);
  test.same(
    [['a'], ['x', 'b'], ['b']].map((path) => either(path)),
    [true, true, false],
  );
  test.notOk(compileGlobs([])(['a']));
  test.end();
});

await t.test('mistakes are named, and nothing stalls', (test) => {
  for (const glob of ['{a', 'a}', '}{', '[z-a]'])
    test.throws(() => compileGlobs([glob]), { code: 'INVALID_ARGUMENT' });
  test.ok(matches('[a', '[a'), 'an open class is plain text');
  test.notOk(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(4_000)));
  test.notOk(matches('**/'.repeat(100) + 'b', 'a/'.repeat(500) + 'a'));
  test.end();
});
