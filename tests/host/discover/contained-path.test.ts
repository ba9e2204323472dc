import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isInside, realPathInside, realPathOf } from '../../../runtime/host/discover/contained-path.ts';

await t.test('inside is the folder and what is below it, not a neighbour whose name begins alike', (t) => {
  t.ok(isInside('/a/b', '/a/b'));
  t.ok(isInside('/a/b', '/a/b/c'));
  t.ok(isInside('/a/b', '/a/b/..c'));
  t.ok(isInside('/', '/a'));
  t.notOk(isInside('/a/b', '/a'));
  t.notOk(isInside('/a/b', '/a/bc'));
  t.end();
});

await t.test('links are followed, dangling ones and those to what does not exist yet too', (t) => {
  const dir = t.testdir({ root: { inner: {} }, outside: {} });
  const real = realPathOf(dir);
  const root = join(real, 'root');
  symlinkSync('../outside', join(root, 'out'));
  symlinkSync('../not-there', join(root, 'dangling'));
  symlinkSync('inner', join(root, 'in'));
  t.equal(realPathInside(root, join(root, 'in', 'new', 'file')), join(root, 'inner', 'new', 'file'));
  t.equal(realPathInside(root, join(root, 'out')), undefined);
  t.equal(realPathInside(root, join(root, 'out', 'new')), undefined);
  t.equal(realPathInside(root, join(root, 'dangling')), undefined);
  t.equal(realPathInside(root, join(root, 'dangling', 'deeper')), undefined);
  t.equal(realPathInside(root, join(root, 'inner', '..', '..')), undefined);
  t.equal(realPathOf(join(root, 'dangling', 'x')), join(real, 'not-there', 'x'));
  t.end();
});
