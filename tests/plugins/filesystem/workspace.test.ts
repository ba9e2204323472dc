import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openForReading } from '../../../plugins/filesystem/src/descriptor.ts';
import { FileFault } from '../../../plugins/filesystem/src/faults.ts';
import { readBytes } from '../../../plugins/filesystem/src/file-slice.ts';
import { Workspace } from '../../../plugins/filesystem/src/workspace.ts';
import { makeFolders } from './harness.ts';

const folders = makeFolders(t);
const at = (...names: string[]): string => join(folders.workspace, ...names);
mkdirSync(at('a', 'b'), { recursive: true });
writeFileSync(at('a', 'b', 'file'), 'content');
writeFileSync(join(folders.outside, 'file'), 'outside');
const workspace = new Workspace(folders.workspace);
t.teardown(() => workspace[Symbol.dispose]());

/** Where a path leads and what is read there, or the code of the refusal. */
function follow(path: string): string {
  try {
    using place = workspace.locate(path, { followLast: true });
    if (place.entry?.kind !== 'file') return `${place.path}: ${place.entry?.kind ?? 'nothing'}`;
    using file = openForReading(place.entry, path);
    return `${place.path}: ${readBytes(file, 0, 100).toString()}`;
  } catch (error) {
    if (error instanceof FileFault) return error.code;
    throw error;
  }
}

function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

await t.test('spellings of paths inside and outside', (test) => {
  for (const path of [
    'a/b/file',
    './a//b/./file',
    'a/../a/b/file',
    at('a/b/file'),
    `${folders.workspace}//a/b/file`,
  ]) {
    test.equal(follow(path), 'a/b/file: content', path);
  }
  for (const path of ['', '.', './', 'a/..', folders.workspace, `${folders.workspace}/`]) {
    test.equal(follow(path), '.: folder', path);
  }
  for (const path of ['..', '../outside/file', 'a/../../outside/file', '/', '/etc/passwd', folders.outside]) {
    test.equal(follow(path), 'OUTSIDE_WORKSPACE', path);
  }
  test.equal(follow(`${folders.workspace}-other/x`), 'OUTSIDE_WORKSPACE', 'a name that only starts the same');
  test.equal(follow(`${folders.workspace}/../outside/file`), 'OUTSIDE_WORKSPACE');
  test.equal(follow('missing'), 'missing: nothing');
  test.equal(follow('missing/file'), 'NOT_FOUND');
  test.equal(follow('a/b/file/x'), 'NOT_A_FOLDER');
  test.equal(follow('a\0b'), 'INVALID_ARGUMENT');
  test.equal(follow('d/'.repeat(257)), 'INVALID_ARGUMENT');
  test.end();
});

await t.test('links that stay inside are followed, wherever they are', (test) => {
  const links: Record<string, string> = {
    relative: 'a/b/file',
    absolute: at('a/b/file'),
    chain: 'relative',
    folder: 'a',
    up: 'a/b/../../a/b/file',
    'a/back': '../relative',
    'a/root': '..',
    'a/dot': './b/.',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, at(name));
  const paths = [
    'relative',
    'absolute',
    'chain',
    'folder/b/file',
    'up',
    'a/back',
    'a/root/a/b/file',
    'a/dot/file',
  ];
  for (const path of [...paths, 'folder/root/folder/dot/file'])
    test.equal(follow(path), 'a/b/file: content', path);
  test.equal(follow('a/root'), '.: folder');
  symlinkSync('nowhere/at/all', at('dangling'));
  symlinkSync('new', at('to-new'));
  test.equal(follow('dangling'), 'NOT_FOUND');
  test.equal(follow('to-new'), 'new: nothing');
  {
    using place = workspace.locate('chain', { followLast: false });
    test.same([place.path, place.entry?.kind], ['chain', 'link']);
  }
  test.end();
});

await t.test('".." in the target of a link goes up from where it really is', (test) => {
  mkdirSync(at('x', 'y'), { recursive: true });
  writeFileSync(at('x', 'here'), 'x');
  writeFileSync(at('here'), 'root');
  symlinkSync('x/y', at('jump'));
  symlinkSync('jump/../here', at('physical'));
  test.equal(follow('physical'), 'x/here: x', 'as the operating system does it');
  test.end();
});

await t.test('links that lead out are refused, wherever they are', (test) => {
  const links: Record<string, string> = {
    'out-relative': '../outside/file',
    'out-absolute': join(folders.outside, 'file'),
    'out-folder': folders.outside,
    'out-chain': 'out-folder/file',
    'out-up': 'a/../../outside/file',
    'out-root': '/',
    'out-proc': '/proc/self/root/etc/passwd',
    'out-and-back': '../workspace/a/b/file',
    'a/out': '../../outside',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, at(name));
  for (const name of Object.keys(links)) test.equal(follow(name), 'OUTSIDE_WORKSPACE', name);
  for (const path of ['out-folder/file', 'out-root/etc/passwd', 'a/out/file']) {
    test.equal(follow(path), 'OUTSIDE_WORKSPACE', path);
  }
  test.throws(() => workspace.locate('out-folder/new/deep', { followLast: true, createParents: true }), {
    code: 'OUTSIDE_WORKSPACE',
  });
  test.same(readdirSync(folders.outside), ['file']);
  test.end();
});

await t.test('loops and long chains end', (test) => {
  symlinkSync('loop', at('loop'));
  symlinkSync('pong', at('ping'));
  symlinkSync('ping/x', at('pong'));
  for (const path of ['loop', 'loop/x', 'ping']) test.equal(follow(path), 'LINK_LOOP');
  symlinkSync('grow/grow', at('grow'));
  test.equal(follow('grow'), 'LINK_LOOP', 'a target that grows with every step');
  for (let count = 0; count < 45; count += 1)
    symlinkSync(count === 0 ? 'a/b/file' : `l${count - 1}`, at(`l${count}`));
  test.equal(follow('l39'), 'a/b/file: content', '40 links, as many as Linux follows');
  test.equal(follow('l40'), 'LINK_LOOP');
  test.end();
});

await t.test('a link in the place of the workspace itself is followed once, at start', (test) => {
  symlinkSync(folders.workspace, join(folders.base, 'alias'));
  using aliased = new Workspace(join(folders.base, 'alias'));
  for (const path of ['a/b/file', join(folders.base, 'alias/a/b/file'), at('a/b/file')]) {
    using place = aliased.locate(path, { followLast: true });
    test.equal(place.path, 'a/b/file');
  }
  rmSync(join(folders.base, 'alias'));
  symlinkSync(folders.outside, join(folders.base, 'alias'));
  using place = aliased.locate('a/b/file', { followLast: true });
  test.equal(place.entry?.kind, 'file', 'swapping it later changes nothing');
  test.end();
});

await t.test('descriptors are closed, however a walk ends', (test) => {
  const before = countDescriptors();
  for (const path of [
    'a/b/file',
    'chain',
    'missing',
    'missing/x',
    '..',
    'loop',
    'out-folder/file',
    '.',
    'a/b/file/x',
  ]) {
    for (let count = 0; count < 20; count += 1) follow(path);
  }
  test.equal(countDescriptors(), before);
  test.end();
});

await t.test('a workspace that is missing, or removed while in use', (test) => {
  test.throws(() => new Workspace(join(folders.base, 'nowhere')), {
    code: 'NOT_FOUND',
    message: /NEXUS_WORKSPACE/,
  });
  test.throws(() => new Workspace(at('a/b/file')), { code: 'NOT_FOUND', message: /ENOTDIR/ });
  mkdirSync(join(folders.base, 'brief'));
  using brief = new Workspace(join(folders.base, 'brief'));
  rmSync(join(folders.base, 'brief'), { recursive: true });
  test.throws(() => brief.locate('x', { followLast: true }), {
    message: /was removed while the plugin was running/,
  });
  test.end();
});
