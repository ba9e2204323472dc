import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pinPath } from '../../../plugins/filesystem/src/descriptor.ts';
import { walkTree, type WalkOptions } from '../../../plugins/filesystem/src/tree-walk.ts';
import { makeFolders } from './harness.ts';

const { workspace, outside } = makeFolders(t);
for (const path of ['a/1', 'a/x/2', 'a.b/3', 'b/y/z/4']) {
  mkdirSync(join(workspace, path, '..'), { recursive: true });
  writeFileSync(join(workspace, path), '');
}
writeFileSync(join(outside, 'secret'), '');
symlinkSync(outside, join(workspace, 'a', 'link'));

function walk(options: WalkOptions): string[] {
  using folder = pinPath(workspace);
  return Array.from(walkTree(folder, options), (entry) => entry.path.join('/'));
}

const ALL = ['a', 'a/1', 'a/link', 'a/x', 'a/x/2', 'a.b', 'a.b/3', 'b', 'b/y', 'b/y/z', 'b/y/z/4'];

await t.test('a folder, then what is in it, down to the depth; never through a link', (test) => {
  test.same(walk({ depth: 9 }), ALL);
  test.same(walk({ depth: 1 }), ['a', 'a.b', 'b']);
  test.same(walk({ depth: 2 }), ['a', 'a/1', 'a/link', 'a/x', 'a.b', 'a.b/3', 'b', 'b/y']);
  test.end();
});

await t.test('goes on after, or at, any entry', (test) => {
  for (const [index, path] of ALL.entries()) {
    const names = path.split('/');
    test.same(
      walk({ depth: 9, from: { path: names, isIncluded: false } }),
      ALL.slice(index + 1),
      `after ${path}`,
    );
    test.same(walk({ depth: 9, from: { path: names, isIncluded: true } }), ALL.slice(index), `at ${path}`);
  }
  test.same(
    walk({ depth: 9, from: { path: ['a', 'gone', 'x'], isIncluded: true } }),
    ALL.slice(2),
    'a removed one',
  );
  test.same(walk({ depth: 9, from: { path: ['zzz'], isIncluded: true } }), []);
  test.end();
});

await t.test('a refused folder is not entered', (test) => {
  const names = walk({ depth: 9, accepts: (path) => path.join('/') !== 'b/y' && path[0] !== 'a' });
  test.same(names, ['a.b', 'a.b/3', 'b']);
  test.end();
});

await t.test(
  'a folder swapped for a link while the walk is on is left out; descriptors are closed',
  (test) => {
    const before = readdirSync('/proc/self/fd').length;
    const seen: string[] = [];
    {
      using folder = pinPath(workspace);
      for (const entry of walkTree(folder, { depth: 9 })) {
        seen.push(entry.path.join('/'));
        if (entry.name === 'y') {
          renameSync(join(workspace, 'b/y'), join(workspace, 'b/was-y'));
          symlinkSync(outside, join(workspace, 'b/y'));
        }
      }
      for (const entry of walkTree(folder, { depth: 9 })) if (entry.name === '2') break;
    }
    test.notOk(seen.some((path) => path.includes('secret')));
    test.ok(seen.includes('b/y') && !seen.includes('b/y/z'));
    test.equal(readdirSync('/proc/self/fd').length, before);
    test.end();
  },
);
