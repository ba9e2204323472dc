import { execFileSync } from 'node:child_process';
import { fstatSync, mkdirSync, openSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  Descriptor,
  openForReading,
  pin,
  pinFolder,
  pinPath,
  syncFolder,
} from '../../../plugins/filesystem/src/descriptor.ts';
import { readBytes } from '../../../plugins/filesystem/src/file-slice.ts';
import { makeFolders } from './harness.ts';

const { workspace, outside } = makeFolders(t);
mkdirSync(join(workspace, 'folder'));
writeFileSync(join(workspace, 'file'), 'inside');
writeFileSync(join(outside, 'file'), 'outside');
symlinkSync('file', join(workspace, 'link'));
execFileSync('mkfifo', [join(workspace, 'pipe')]);

await t.test('pins what is there, without following or waking it', (test) => {
  using root = pinPath(workspace);
  const kinds = ['file', 'folder', 'link', 'pipe', 'missing'].map((name) => {
    using found = pin(root, name);
    return found?.kind;
  });
  test.same(kinds, ['file', 'folder', 'link', 'other', undefined]);
  for (const name of ['file', 'link', 'missing']) test.equal(pinFolder(root, name), undefined);
  using folder = pinFolder(root, 'folder');
  test.equal(folder?.kind, 'folder');
  test.end();
});

await t.test('a pinned file stays the same file, whatever its name means later', (test) => {
  using root = pinPath(workspace);
  using found = pin(root, 'file');
  renameSync(join(workspace, 'file'), join(workspace, 'elsewhere'));
  symlinkSync(join(outside, 'file'), join(workspace, 'file'));
  if (found === undefined) throw new Error('not found');
  using file = openForReading(found, 'file');
  test.equal(readBytes(file, 0, 100).toString(), 'inside');
  test.end();
});

await t.test('a name can lead nowhere but into its folder', (test) => {
  using root = pinPath(workspace);
  for (const name of ['', '.', '..', 'a/b', '../outside', '/', 'a\0']) {
    test.throws(() => root.child(name), { name: 'TypeError' }, JSON.stringify(name));
  }
  test.end();
});

await t.test('is closed once', (test) => {
  const descriptor = new Descriptor(openSync(join(workspace, 'elsewhere'), 'r'));
  descriptor[Symbol.dispose]();
  test.throws(() => fstatSync(descriptor.fd), { code: 'EBADF' });
  const reused = openSync(join(workspace, 'elsewhere'), 'r');
  test.equal(reused, descriptor.fd, 'the number is used again');
  descriptor[Symbol.dispose]();
  test.ok(fstatSync(reused).isFile(), 'and not closed a second time');
  new Descriptor(reused)[Symbol.dispose]();
  test.end();
});

await t.test('a folder can be made durable', async (test) => {
  using root = pinPath(workspace);
  await test.resolves(syncFolder(root));
});
