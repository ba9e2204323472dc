import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pinPath } from '../../../plugins/filesystem/src/descriptor.ts';
import { NameClaim } from '../../../plugins/filesystem/src/name-claim.ts';
import { makeFolders } from './harness.ts';

await t.test('takes a free name and gives it back', (test) => {
  const { workspace } = makeFolders(test);
  using folder = pinPath(workspace);
  for (const isFolder of [true, false]) {
    const claim = new NameClaim(folder, 'name', isFolder);
    test.throws(() => new NameClaim(folder, 'name', isFolder), { code: 'EEXIST' });
    claim[Symbol.dispose]();
    test.notOk(existsSync(join(workspace, 'name')));
    claim[Symbol.dispose]();
  }
  test.end();
});

await t.test('leaves what became somebody else’s', (test) => {
  const { workspace } = makeFolders(test);
  const name = join(workspace, 'name');
  using folder = pinPath(workspace);
  const settle = (isFolder: boolean, change: () => void): void => {
    using claim = new NameClaim(folder, 'name', isFolder);
    change();
    void claim;
  };
  settle(false, () => writeFileSync(name, 'theirs'));
  test.equal(readFileSync(name, 'utf8'), 'theirs', 'written into');
  rmSync(name);
  settle(false, () => {
    writeFileSync(`${name}2`, '');
    renameSync(`${name}2`, name);
  });
  test.ok(existsSync(name), 'renamed over');
  rmSync(name);
  settle(true, () => mkdirSync(join(name, 'inner')));
  test.ok(existsSync(join(name, 'inner')), 'filled');
  rmSync(name, { recursive: true });
  settle(true, () => rmSync(name, { recursive: true }));
  test.notOk(existsSync(name), 'removed');
  test.end();
});
