import { chmod, lstat, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { setEnabled, setToolPolicy } from '../../../../runtime/edge/http/api/manifest-files.ts';

const cases = {
  'two spaces': [
    '{\n  "enabled": true,\n  "prefix":   ""\n}\n',
    '{\n  "enabled": false,\n  "prefix":   ""\n}\n',
  ],
  'tabs, key missing': ['{\n\t"prefix": "" \n}', '{\n\t"prefix": "",\n\t"enabled": false \n}'],
  'four spaces, key missing': ['{\n    "a": [1,2]\n}\n', '{\n    "a": [1,2],\n    "enabled": false\n}\n'],
  'one line': ['{"source":{"a":1}}', '{"source":{"a":1},"enabled": false}'],
  empty: ['{}\n', '{"enabled": false}\n'],
  'carriage returns': ['{\r\n  "a": 1\r\n}\r\n', '{\r\n  "a": 1,\r\n  "enabled": false\r\n}\r\n'],
  'inner key of the same name': [
    '{\n  "tools": { "x": { "enabled": true } }\n}\n',
    '{\n  "tools": { "x": { "enabled": true } },\n  "enabled": false\n}\n',
  ],
} as const;
for (const [name, [before, after]] of Object.entries(cases)) {
  await t.test(`switching off keeps the author's writing: ${name}`, async (t) => {
    const dir = t.testdir({ 'a.json': before });
    await setEnabled(dir, 'a', false);
    t.equal(await readFile(join(dir, 'a.json'), 'utf8'), after);
  });
}

const policies = {
  'two spaces': [
    '{\n  "a": 1,\n  "tools": {\n    "other": { "effect": "read" }\n  }\n}\n',
    '{\n  "a": 1,\n  "tools": {\n    "other": {\n      "effect": "read"\n    },\n    "x": {\n      "approval": "always"\n    }\n  }\n}\n',
  ],
  'tabs, nothing said of tools': [
    '{\n\t"a": 1\n}\n',
    '{\n\t"a": 1,\n\t"tools": {\n\t\t"x": {\n\t\t\t"approval": "always"\n\t\t}\n\t}\n}\n',
  ],
  'one line': ['{"a":1}', '{"a":1,"tools": {"x":{"approval":"always"}}}'],
  'a word is taken back': [
    '{"tools":{"x":{"effect":"read","enabled":true}}}',
    '{"tools":{"x":{"enabled":true,"approval": "always"}}}',
  ],
} as const;
for (const [name, [before, after]] of Object.entries(policies)) {
  await t.test(`how a tool is treated is written beside what its author wrote: ${name}`, async (t) => {
    const dir = t.testdir({ 'a.json': before });
    await setToolPolicy(dir, 'a', 'x', { effect: null, approval: 'always' });
    t.equal(await readFile(join(dir, 'a.json'), 'utf8'), after);
  });
}

await t.test('mode and link of the file stay', async (t) => {
  const dir = t.testdir({ real: { 'a.json': '{"enabled": true}' }, manifests: {} });
  const file = join(dir, 'real', 'a.json');
  await chmod(file, 0o640);
  await symlink(file, join(dir, 'manifests', 'a.json'));
  await setEnabled(join(dir, 'manifests'), 'a', false);
  t.equal(await readFile(file, 'utf8'), '{"enabled": false}');
  t.equal((await stat(file)).mode & 0o777, 0o640);
  t.ok((await lstat(join(dir, 'manifests', 'a.json'))).isSymbolicLink());
});

await t.test('nothing is written when nothing changes', async (t) => {
  const dir = t.testdir({ 'a.json': '{ "enabled":true }' });
  const before = await stat(join(dir, 'a.json'));
  await setEnabled(dir, 'a', true);
  t.equal((await stat(join(dir, 'a.json'))).ino, before.ino);
});

await t.test('what is no manifest is left alone', async (t) => {
  const dir = t.testdir({ 'list.json': '[]', 'torn.json': '{"a":' });
  await writeFile(join(dir, 'odd.json'), '{"tools":{"x":7}}');
  await t.rejects(setToolPolicy(dir, 'odd', 'x', { effect: 'read' }), { code: 'MANIFEST_INVALID' });
  await t.rejects(setEnabled(dir, 'list', false), { code: 'MANIFEST_INVALID' });
  await t.rejects(setEnabled(dir, 'torn', false), { code: 'MANIFEST_INVALID' });
  await t.rejects(setEnabled(dir, 'none', false), { code: 'PLUGIN_UNKNOWN' });
  await writeFile(join(dir, 'torn.json'), '{"a":1}');
  await setEnabled(dir, 'torn', false);
  t.equal(await readFile(join(dir, 'torn.json'), 'utf8'), '{"a":1,"enabled": false}');
});
