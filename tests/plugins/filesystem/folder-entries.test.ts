import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pinPath } from '../../../plugins/filesystem/src/descriptor.ts';
import { readEntries } from '../../../plugins/filesystem/src/folder-entries.ts';
import { makeFolders } from './harness.ts';

await t.test('kinds, in the order of names', (test) => {
  const { workspace } = makeFolders(test);
  writeFileSync(join(workspace, 'b'), '');
  mkdirSync(join(workspace, 'a'));
  symlinkSync('a', join(workspace, 'B'));
  using folder = pinPath(workspace);
  test.same(readEntries(folder, 10), [
    { name: 'B', kind: 'link' },
    { name: 'a', kind: 'folder' },
    { name: 'b', kind: 'file' },
  ]);
  test.end();
});

await t.test('the first of many, and the ones after a name', (test) => {
  const { workspace } = makeFolders(test);
  const names = Array.from({ length: 500 }, (_, at) => `n${(at * 7919) % 500}`);
  for (const name of names) writeFileSync(join(workspace, name), '');
  names.sort((a, b) => (a < b ? -1 : 1));
  using folder = pinPath(workspace);
  const read = (max: number, name?: string, isIncluded = false): string[] =>
    readEntries(folder, max, name === undefined ? undefined : { name, isIncluded }).map(
      (entry) => entry.name,
    );
  for (const max of [1, 3, 249, 250, 499, 500, 501]) test.same(read(max), names.slice(0, max), `max ${max}`);
  test.same(read(5, names[10]), names.slice(11, 16));
  test.same(read(5, names[10], true), names.slice(10, 15));
  test.same(read(5, names[499]), []);
  test.same(read(1, 'm'), names.slice(0, 1), 'a name that is not there');
  test.end();
});

await t.test('names that are not UTF-8 do not break the list', (test) => {
  const { workspace } = makeFolders(test);
  writeFileSync(Buffer.concat([Buffer.from(`${workspace}/x`), Buffer.from([0xff])]), '');
  using folder = pinPath(workspace);
  test.same(readEntries(folder, 10), [{ name: 'x\uFFFD', kind: 'file' }]);
  test.end();
});
