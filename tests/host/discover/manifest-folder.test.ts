import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { isManifestFile, ManifestFolder } from '../../../runtime/host/discover/manifest-folder.ts';

const sound = (script: string): string => JSON.stringify({ source: { command: 'node', args: [script] } });

function folderOf(t: Test, files: Record<string, string>): { dir: string; folder: ManifestFolder } {
  const dir = t.testdir(files);
  return { dir, folder: new ManifestFolder(dir) };
}

function summary(folder: ManifestFolder): Record<string, boolean> {
  return Object.fromEntries(folder.entries().map(({ name, ok }) => [name, ok]));
}

await t.test('only manifests are read', async (t) => {
  const { dir, folder } = folderOf(t, {
    'a.json': sound('a.js'),
    'manifest.schema.json': '{}',
    'a.lock.json': '{}',
    '.hidden.json': '{}',
    '#a.json': '{}',
    '.#a.json': '{}',
    'a.json~': '{}',
    'a.json.swp': '{}',
    'a.json.tmp': '{}',
    'notes.md': 'x',
  });
  mkdirSync(join(dir, '.folder.json'));
  await folder.look(true);
  t.same(summary(folder), { a: true });
  t.notOk(isManifestFile('4913'), 'the file vim probes a folder with');
});

await t.test('one bad manifest does not touch the others', async (t) => {
  const { folder } = folderOf(t, {
    'broken.json': '{',
    'good.json': sound('a.js'),
    'typo.json': '{"sorce":1}',
    'zz.json': sound('b.js'),
  });
  await folder.look(true);
  t.same(summary(folder), { broken: false, good: true, typo: false, zz: true });
});

await t.test('a folder that is not there is empty', async (t) => {
  const folder = new ManifestFolder(join(t.testdir({}), 'absent'));
  t.same(await folder.look(true), { changes: [], unsettled: false });
});

await t.test('added, changed, removed', async (t) => {
  const { dir, folder } = folderOf(t, { 'a.json': sound('a.js') });
  t.same(
    (await folder.look(true)).changes.map(({ kind }) => kind),
    ['added'],
  );
  t.same((await folder.look(false)).changes, [], 'nothing happened');
  writeFileSync(join(dir, 'b.json'), sound('b.js'));
  writeFileSync(join(dir, 'a.json'), sound('other.js'));
  const second = await folder.look(false);
  t.same(
    second.changes.map(({ kind, name }) => `${kind} ${name}`),
    ['changed a', 'added b'],
  );
  rmSync(join(dir, 'a.json'));
  t.same(await folder.look(false), { changes: [], unsettled: true }, 'it may be on its way back');
  t.ok(folder.entry('a'), 'so it is still there');
  t.same(await folder.look(false), { changes: [{ kind: 'removed', name: 'a' }], unsettled: false });
  t.notOk(folder.entry('a'));
});

await t.test('a file written again with the same meaning is no change', async (t) => {
  const { dir, folder } = folderOf(t, { 'a.json': sound('a.js'), 'bad.json': '{"x":1}' });
  await folder.look(true);
  writeFileSync(join(dir, 'a.json'), JSON.stringify(JSON.parse(sound('a.js')), null, 4));
  utimesSync(join(dir, 'bad.json'), 1, 1);
  t.same((await folder.look(false)).changes, []);
});

await t.test('a half-written file keeps what was there until it stays broken', async (t) => {
  const { dir, folder } = folderOf(t, { 'a.json': sound('a.js') });
  await folder.look(true);
  writeFileSync(join(dir, 'a.json'), '{"source":');
  t.same(await folder.look(false), { changes: [], unsettled: true });
  t.ok(folder.entry('a')?.ok);
  writeFileSync(join(dir, 'a.json'), '{"source":{"comm');
  t.same(await folder.look(false), { changes: [], unsettled: true }, 'still being written');
  const third = await folder.look(false);
  t.same(
    third.changes.map(({ kind }) => kind),
    ['changed'],
  );
  t.equal(folder.entry('a')?.ok, false, 'the second look at the same state is believed');
  writeFileSync(join(dir, 'a.json'), sound('b.js'));
  await folder.look(false);
  t.equal(folder.entry('a')?.ok, true, 'and the next change is looked at again');
});

await t.test('an empty file, as an editor leaves it for a moment, is half-written too', async (t) => {
  const { dir, folder } = folderOf(t, { 'a.json': sound('a.js') });
  await folder.look(true);
  writeFileSync(join(dir, 'a.json'), '');
  t.same(await folder.look(false), { changes: [], unsettled: true });
});

await t.test('an atomic save by rename is one change', async (t) => {
  const { dir, folder } = folderOf(t, { 'a.json': sound('a.js') });
  await folder.look(true);
  writeFileSync(join(dir, '.a.json.new'), sound('b.js'));
  renameSync(join(dir, '.a.json.new'), join(dir, 'a.json'));
  t.same(
    (await folder.look(false)).changes.map(({ kind }) => kind),
    ['changed'],
  );
});

await t.test('a save by unlink and create is one change', async (t) => {
  const { dir, folder } = folderOf(t, { 'a.json': sound('a.js') });
  await folder.look(true);
  rmSync(join(dir, 'a.json'));
  await folder.look(false);
  writeFileSync(join(dir, 'a.json'), sound('b.js'));
  const { changes, unsettled } = await folder.look(false);
  t.same(
    changes.map(({ kind }) => kind),
    ['changed'],
  );
  t.notOk(unsettled);
});

await t.test('names that clash: the file that has the name keeps it', async (t) => {
  const { folder } = folderOf(t, {
    'a.json': sound('a.js'),
    'b.json': JSON.stringify({ name: 'a', source: { command: 'node' } }),
  });
  await folder.look(true);
  t.same(summary(folder), { a: true, b: false });
});

await t.test('a link to a manifest elsewhere is read', async (t) => {
  const dir = t.testdir({ elsewhere: { 'x.json': sound('x.js') }, manifests: {} });
  symlinkSync(join(dir, 'elsewhere', 'x.json'), join(dir, 'manifests', 'x.json'));
  const folder = new ManifestFolder(join(dir, 'manifests'));
  await folder.look(true);
  t.same(summary(folder), { x: true });
});

await t.test('what is named like a manifest but is no file is an error of that plugin', async (t) => {
  const { dir, folder } = folderOf(t, { 'good.json': sound('a.js') });
  symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling.json'));
  symlinkSync(join(dir, 'round.json'), join(dir, 'round.json'));
  mkdirSync(join(dir, 'directory.json'));
  execFileSync('mkfifo', [join(dir, 'fifo.json'), join(dir, 'hidden')]);
  symlinkSync(join(dir, 'hidden'), join(dir, 'to-fifo.json'));
  await folder.look(true);
  const problems = Object.fromEntries(
    folder.entries().map((entry) => [entry.name, entry.ok ? '' : entry.error.message]),
  );
  t.match(problems, {
    good: '',
    dangling: /dangling\.json: .*is a link to nothing/,
    round: /round\.json: .*is a link to nothing/,
    directory: /directory\.json: .*is a folder/,
    fifo: /fifo\.json: .*is no file/,
    'to-fifo': /to-fifo\.json: .*is no file/,
  });
  t.same((await folder.look(false)).changes, [], 'it stays so');

  writeFileSync(join(dir, 'nowhere'), sound('b.js'));
  rmSync(join(dir, 'fifo.json'));
  writeFileSync(join(dir, 'fifo.json'), sound('c.js'));
  rmSync(join(dir, 'directory.json'), { recursive: true });
  await folder.look(true);
  t.match(summary(folder), { good: true, dangling: true, fifo: true });
  t.notOk(folder.entry('directory'));
});

await t.test('a file too large to be a manifest', async (t) => {
  const { folder } = folderOf(t, { 'a.json': ' '.repeat(1_048_577) });
  await folder.look(true);
  const entry = folder.entry('a');
  t.match(entry?.ok === false && entry.error.message, /larger than 1 MiB/);
});
