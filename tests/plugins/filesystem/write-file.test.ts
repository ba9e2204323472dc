import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolders, startPlugin, withoutPrivileges } from './harness.ts';

const folders = makeFolders(t);
const plugin = await startPlugin(t, folders, { command: withoutPrivileges });
const at = (...names: string[]): string => join(folders.workspace, ...names);

/** Undefined, after everything that is ready now. */
async function later(): Promise<undefined> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

await t.test('makes a file and its folders', async (test) => {
  const { data, text } = await plugin.call('write_file', { path: 'a/b/c.txt', content: 'héllo\r\n' });
  test.same(data, { path: 'a/b/c.txt', size_bytes: 8, created: true });
  test.equal(text, 'Created a/b/c.txt (8 bytes)');
  test.equal(readFileSync(at('a/b/c.txt'), 'utf8'), 'héllo\r\n');
  test.same(readdirSync(at('a/b')), ['c.txt'], 'no temporary file stays');
});

await t.test('replaces a file as a whole and keeps its mode', async (test) => {
  writeFileSync(at('script.sh'), 'long content that goes away');
  chmodSync(at('script.sh'), 0o751);
  const inode = statSync(at('script.sh')).ino;
  const { data } = await plugin.call('write_file', { path: 'script.sh', content: 'x' });
  test.match(data, { created: false, size_bytes: 1 });
  test.equal(statSync(at('script.sh')).mode & 0o7777, 0o751);
  test.not(statSync(at('script.sh')).ino, inode, 'a new file was renamed over it');
  test.equal(readFileSync(at('script.sh'), 'utf8'), 'x');
});

await t.test('a reader never sees a part of a file', async (test) => {
  const versions = ['a', 'b'].map((letter) => letter.repeat(300_000));
  await plugin.call('write_file', { path: 'whole', content: versions[0] });
  const seen = new Set<string>();
  for (let round = 0; round < 10; round += 1) {
    const writes = Array.from({ length: 4 }, async (_, count) => {
      await plugin.call('write_file', { path: 'whole', content: versions[count % 2] });
      return true;
    });
    const all = Promise.all(writes);
    // Reads between all steps of the writes, until they are over.
    while ((await Promise.race([all, later()])) === undefined) seen.add(readFileSync(at('whole'), 'utf8'));
  }
  test.ok([...seen].every((content) => versions.includes(content)));
  test.equal(seen.size, 2, 'both versions were met');
});

await t.test('base64, and content that is not', async (test) => {
  const bytes = Buffer.from([0, 255, 13, 10, 26]);
  await plugin.call('write_file', { path: 'blob', content: bytes.toString('base64'), encoding: 'base64' });
  test.ok(readFileSync(at('blob')).equals(bytes));
  for (const content of ['a', 'ab c', 'ab-_', 'ab==cd==']) {
    const refused = await plugin.refusal('write_file', { path: 'blob', content, encoding: 'base64' });
    test.match(refused, /^INVALID_ARGUMENT: .* base64/);
  }
  test.match(await plugin.refusal('write_file', { path: 'blob', content: 'x\uD800' }), /surrogate/);
  test.ok(readFileSync(at('blob')).equals(bytes), 'nothing was written');
  await plugin.call('write_file', { path: 'nothing', content: '' });
  test.equal(statSync(at('nothing')).size, 0);
});

await t.test('overwrite: false destroys nothing, and of many at once exactly one wins', async (test) => {
  writeFileSync(at('mine'), 'mine');
  const refused = await plugin.refusal('write_file', { path: 'mine', content: 'x', overwrite: false });
  test.match(refused, /^EXISTS: "mine" exists already/);
  test.equal(readFileSync(at('mine'), 'utf8'), 'mine');
  const second = await startPlugin(test, folders);
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, async (_, count) => {
      const { client } = count % 2 === 0 ? plugin : second;
      const input = { path: 'first', content: `${count}`, overwrite: false };
      const answer = await client.callTool({ name: 'write_file', arguments: input });
      return answer.isError === true ? undefined : `${count}`;
    }),
  );
  const winners = outcomes.filter((outcome) => outcome !== undefined);
  test.same(winners, [readFileSync(at('first'), 'utf8')]);
  test.same(
    readdirSync(folders.workspace).filter((name) => name.endsWith('.nexus-tmp')),
    [],
  );
});

await t.test('links: inside they are written through, outside refused, hard links cut', async (test) => {
  mkdirSync(at('real'));
  writeFileSync(at('real', 'file'), 'old');
  symlinkSync('real/file', at('to-file'));
  symlinkSync('real/new', at('to-new'));
  symlinkSync(at('real'), at('to-folder'));
  test.equal((await plugin.call('write_file', { path: 'to-file', content: '1' })).data['path'], 'real/file');
  await plugin.call('write_file', { path: 'to-new', content: '2' });
  await plugin.call('write_file', { path: 'to-folder/deep/er', content: '3' });
  test.equal(readlinkSync(at('to-file')), 'real/file', 'the link itself stays');
  test.same(
    ['file', 'new', 'deep/er'].map((name) => readFileSync(at('real', name), 'utf8')),
    ['1', '2', '3'],
  );

  writeFileSync(join(folders.outside, 'file'), 'outside');
  symlinkSync('../outside/file', at('escape-file'));
  symlinkSync('../outside/new', at('escape-new'));
  symlinkSync(folders.outside, at('escape'));
  for (const path of ['escape-file', 'escape-new', 'escape/new', 'escape/deep/new', '../outside/new']) {
    test.match(await plugin.refusal('write_file', { path, content: 'x' }), /^OUTSIDE_WORKSPACE: /);
  }
  linkSync(join(folders.outside, 'file'), at('hard'));
  await plugin.call('write_file', { path: 'hard', content: 'x' });
  test.equal(
    readFileSync(join(folders.outside, 'file'), 'utf8'),
    'outside',
    'a hard link is replaced, not written',
  );
  test.same(readdirSync(folders.outside), ['file']);
});

await t.test('what cannot be written says why', async (test) => {
  mkdirSync(at('folder'));
  test.match(await plugin.refusal('write_file', { path: 'folder', content: 'x' }), /^NOT_A_FILE: /);
  test.match(await plugin.refusal('write_file', { path: '.', content: 'x' }), /^WORKSPACE_ROOT: /);
  test.match(
    await plugin.refusal('write_file', { path: 'mine/below', content: 'x' }),
    /^NOT_A_FOLDER: "mine"/,
  );
  writeFileSync(at('readonly'), 'x');
  chmodSync(at('readonly'), 0o444);
  const refused = await plugin.refusal('write_file', { path: 'readonly', content: 'y' });
  test.match(refused, /^PERMISSION_DENIED: /, 'a read-only file is not replaced behind its back');
  mkdirSync(at('closed'), { mode: 0o555 });
  test.match(
    await plugin.refusal('write_file', { path: 'closed/new', content: 'x' }),
    /^PERMISSION_DENIED: /,
  );
  test.match(
    await plugin.refusal('write_file', { path: `${'d/'.repeat(300)}x`, content: 'x' }),
    /^INVALID_ARGUMENT: .* deep/,
  );
});
