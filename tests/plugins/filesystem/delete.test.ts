import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolders, startPlugin, withoutPrivileges } from './harness.ts';

const folders = makeFolders(t);
const plugin = await startPlugin(t, folders, { command: withoutPrivileges });
const at = (...names: string[]): string => join(folders.workspace, ...names);

await t.test('deletes a file, and a link but not what it points to', async (test) => {
  writeFileSync(at('file'), '');
  writeFileSync(at('target'), '');
  writeFileSync(join(folders.outside, 'kept'), '');
  symlinkSync('target', at('link'));
  symlinkSync(folders.outside, at('escape'));
  test.same((await plugin.call('delete', { path: 'file' })).data, { path: 'file', removed: 1 });
  await plugin.call('delete', { path: 'link' });
  await plugin.call('delete', { path: 'escape', recursive: true });
  test.same(readdirSync(folders.workspace), ['target']);
  test.same(readdirSync(folders.outside), ['kept']);
});

await t.test('a folder needs "recursive"; links in it are not followed', async (test) => {
  mkdirSync(at('folder', 'a', 'b'), { recursive: true });
  for (let count = 0; count < 2_500; count += 1) writeFileSync(at('folder', 'a', `f${count}`), '');
  symlinkSync(folders.outside, at('folder', 'a', 'b', 'escape'));
  test.match(await plugin.refusal('delete', { path: 'folder' }), /^INVALID_ARGUMENT: .* Set "recursive"/);
  test.equal(readdirSync(at('folder', 'a')).length, 2_501);
  const { data, text } = await plugin.call('delete', { path: 'folder', recursive: true });
  test.same(data, { path: 'folder', removed: 2_504 });
  test.equal(text, 'Deleted folder (2504 entries)');
  test.notOk(existsSync(at('folder')));
  test.same(readdirSync(folders.outside), ['kept']);
});

await t.test('never the workspace itself, nor anything outside', async (test) => {
  for (const path of ['.', '', './', 'x/..', folders.workspace]) {
    test.match(await plugin.refusal('delete', { path, recursive: true }), /^WORKSPACE_ROOT: /);
  }
  symlinkSync('.', at('self'));
  symlinkSync(folders.outside, at('escape'));
  test.match(
    await plugin.refusal('delete', { path: 'self/self/.', recursive: true }).catch(String),
    /did not fail/,
  );
  test.notOk(existsSync(at('self')), 'the link was deleted, the workspace was not');
  test.ok(existsSync(at('target')));
  for (const path of ['..', '../outside', 'escape/kept', folders.outside, '/']) {
    test.match(await plugin.refusal('delete', { path, recursive: true }), /^OUTSIDE_WORKSPACE: /);
  }
  test.same(readdirSync(folders.outside), ['kept']);
});

await t.test('what cannot be deleted says why', async (test) => {
  test.match(await plugin.refusal('delete', { path: 'missing' }), /^NOT_FOUND: /);
  mkdirSync(at('closed', 'inner'), { recursive: true });
  chmodSync(at('closed'), 0o555);
  test.match(await plugin.refusal('delete', { path: 'closed', recursive: true }), /^PERMISSION_DENIED: /);
  chmodSync(at('closed'), 0o755);
  const depths = Array.from({ length: 150 }, () => 'd');
  mkdirSync(at('deep', ...depths), { recursive: true });
  await plugin.call('delete', { path: 'deep', recursive: true });
  mkdirSync(at('deep', ...depths, ...depths), { recursive: true });
  test.match(await plugin.refusal('delete', { path: 'deep', recursive: true }), /^TOO_LARGE: .* too deep/);
});
