import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolders, startPlugin } from './harness.ts';

const folders = makeFolders(t);
const plugin = await startPlugin(t, folders);
const at = (...names: string[]): string => join(folders.workspace, ...names);

await t.test('moves files, folders and links, making folders on the way', async (test) => {
  writeFileSync(at('file'), 'f');
  mkdirSync(at('folder', 'deep'), { recursive: true });
  symlinkSync('../outside', at('link'));
  const { data, text } = await plugin.call('move', { from: 'file', to: 'new/place/file' });
  test.same(data, { from: 'file', to: 'new/place/file' });
  test.equal(text, 'Moved file to new/place/file');
  test.equal(readFileSync(at('new/place/file'), 'utf8'), 'f');
  await plugin.call('move', { from: 'folder', to: 'renamed' });
  test.ok(lstatSync(at('renamed/deep')).isDirectory());
  await plugin.call('move', { from: 'link', to: 'moved-link' });
  test.equal(readlinkSync(at('moved-link')), '../outside', 'the link itself moves');
  test.notOk(existsSync(at('file')) || existsSync(at('folder')));
});

await t.test('replaces nothing unless told to', async (test) => {
  writeFileSync(at('a'), 'a');
  writeFileSync(at('b'), 'b');
  mkdirSync(at('empty'));
  mkdirSync(at('full', 'x'), { recursive: true });
  for (const to of ['b', 'empty', 'full']) {
    test.match(await plugin.refusal('move', { from: 'a', to }), /^EXISTS: /);
  }
  test.match(await plugin.refusal('move', { from: 'full', to: 'empty' }), /^EXISTS: /);
  test.equal(readFileSync(at('b'), 'utf8'), 'b');
  await plugin.call('move', { from: 'a', to: 'b', overwrite: true });
  test.equal(readFileSync(at('b'), 'utf8'), 'a');
  test.match(await plugin.refusal('move', { from: 'b', to: 'full', overwrite: true }), /^NOT_A_FILE: /);
  test.match(await plugin.refusal('move', { from: 'empty', to: 'full', overwrite: true }), /^NOT_EMPTY: /);
});

await t.test('a refused move leaves no trace', async (test) => {
  writeFileSync(at('stay'), 's');
  const before = new Set(readdirSync(folders.workspace, { recursive: true, encoding: 'utf8' }));
  test.match(
    await plugin.refusal('move', { from: 'full', to: 'full/inside' }),
    /^INVALID_ARGUMENT: .* inside it/,
  );
  test.match(await plugin.refusal('move', { from: 'stay', to: 'stay' }), /^INVALID_ARGUMENT: .* itself/);
  test.match(await plugin.refusal('move', { from: 'missing', to: 'x/y' }), /^NOT_FOUND: /);
  test.match(await plugin.refusal('move', { from: '.', to: 'x' }), /^WORKSPACE_ROOT: /);
  test.match(await plugin.refusal('move', { from: 'stay', to: '.' }), /^WORKSPACE_ROOT: /);
  test.match(await plugin.refusal('move', { from: 'stay', to: '../outside/x' }), /^OUTSIDE_WORKSPACE: /);
  test.match(await plugin.refusal('move', { from: 'stay', to: 'moved-link/x' }), /^OUTSIDE_WORKSPACE: /);
  test.match(await plugin.refusal('move', { from: 'moved-link/x', to: 'y' }), /^OUTSIDE_WORKSPACE: /);
  test.same(new Set(readdirSync(folders.workspace, { recursive: true, encoding: 'utf8' })), before);
  test.same(readdirSync(folders.outside), []);
});
