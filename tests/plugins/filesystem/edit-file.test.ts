import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolders, startPlugin, withoutPrivileges } from './harness.ts';

const folders = makeFolders(t);
const plugin = await startPlugin(t, folders, { command: withoutPrivileges });
const at = (name: string): string => join(folders.workspace, name);
const edit = (old_text: string, new_text: string, all?: boolean): object => ({
  old_text,
  new_text,
  ...(all && { all }),
});

await t.test('replaces what it names and shows the diff', async (test) => {
  writeFileSync(at('code.ts'), 'const a = 1;\nconst b = 2;\nconst c = 3;\n');
  chmodSync(at('code.ts'), 0o640);
  const { data, text } = await plugin.call('edit_file', {
    path: 'code.ts',
    edits: [edit('b = 2', 'b = 20')],
  });
  test.equal(readFileSync(at('code.ts'), 'utf8'), 'const a = 1;\nconst b = 20;\nconst c = 3;\n');
  test.equal(statSync(at('code.ts')).mode & 0o777, 0o640);
  test.match(data, { path: 'code.ts', replacements: 1, written: true });
  const diff = [
    '--- a/code.ts',
    '+++ b/code.ts',
    '@@ -1,3 +1,3 @@',
    ' const a = 1;',
    '-const b = 2;',
    '+const b = 20;',
    ' const c = 3;',
    '',
  ];
  test.equal(text, diff.join('\n'));
});

await t.test('a dry run writes nothing', async (test) => {
  writeFileSync(at('dry'), 'one\n');
  const before = statSync(at('dry'), { bigint: true });
  const { data } = await plugin.call('edit_file', {
    path: 'dry',
    edits: [edit('one', 'two')],
    dry_run: true,
  });
  test.match(data, { written: false, replacements: 1, diff: /-one\n\+two/ });
  const after = statSync(at('dry'), { bigint: true });
  test.same([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
});

await t.test('all edits or none', async (test) => {
  writeFileSync(at('all'), 'one two two\n');
  const path = 'all';
  const missing = await plugin.refusal('edit_file', { path, edits: [edit('one', '1'), edit('three', '3')] });
  test.match(missing, /^NO_UNIQUE_MATCH: Edit 2: old_text is not in the file.* Nothing was changed/);
  const twice = await plugin.refusal('edit_file', { path, edits: [edit('two', '2')] });
  test.match(twice, /^NO_UNIQUE_MATCH: Edit 1: old_text is in the file 2 times/);
  test.equal(readFileSync(at('all'), 'utf8'), 'one two two\n');
  const { data } = await plugin.call('edit_file', {
    path,
    edits: [edit('two', '2', true), edit('2 2', '4')],
  });
  test.match(data, { replacements: 3 });
  test.equal(readFileSync(at('all'), 'utf8'), 'one 4\n');
});

await t.test('Windows line endings and a byte order mark stay', async (test) => {
  writeFileSync(at('crlf'), '\uFEFFone\r\ntwo\r\nthree\r\n');
  await plugin.call('edit_file', { path: 'crlf', edits: [edit('one\ntwo', 'eins\nzwei\nzweieinhalb')] });
  test.equal(readFileSync(at('crlf'), 'utf8'), '\uFEFFeins\r\nzwei\r\nzweieinhalb\r\nthree\r\n');
});

await t.test('many edits of one file at once lose nothing', async (test) => {
  const names = Array.from({ length: 30 }, (_, count) => `item-${count}.`);
  writeFileSync(at('shared'), names.join('\n'));
  await Promise.all(
    names.map(
      async (name) => await plugin.call('edit_file', { path: 'shared', edits: [edit(name, `${name}done`)] }),
    ),
  );
  test.equal(readFileSync(at('shared'), 'utf8'), names.map((name) => `${name}done`).join('\n'));
});

await t.test('an edit that changes nothing is not written', async (test) => {
  writeFileSync(at('same'), 'x');
  test.match((await plugin.call('edit_file', { path: 'same', edits: [edit('x', 'x')] })).data, {
    written: false,
  });
});

await t.test('what cannot be edited says why', async (test) => {
  const edits = [edit('x', 'y')];
  writeFileSync(at('binary'), Buffer.from([120, 0, 255]));
  test.match(await plugin.refusal('edit_file', { path: 'binary', edits }), /^BINARY_FILE: /);
  writeFileSync(at('large'), 'x');
  truncateSync(at('large'), 8_388_609);
  test.match(await plugin.refusal('edit_file', { path: 'large', edits }), /^TOO_LARGE: /);
  mkdirSync(at('folder'));
  test.match(await plugin.refusal('edit_file', { path: 'folder', edits }), /^NOT_A_FILE: /);
  test.match(await plugin.refusal('edit_file', { path: 'missing', edits }), /^NOT_FOUND: /);
  writeFileSync(at('readonly'), 'x');
  chmodSync(at('readonly'), 0o444);
  test.match(await plugin.refusal('edit_file', { path: 'readonly', edits }), /^PERMISSION_DENIED: /);
  test.match(await plugin.refusal('edit_file', { path: 'same', edits: [edit('', 'y')] }), /old_text/);
  test.match(await plugin.refusal('edit_file', { path: 'same', edits: [] }), /edits/);
});
