import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { NexusError } from '../../../runtime/base/errors.ts';
import { createManifestFile, replaceManifestFile } from '../../../runtime/host/import/manifest-text.ts';

const source = { command: 'node', args: ['server.js'] };

await t.test('a new manifest holds what was given and nothing else', async (t) => {
  const dir = t.testdir({});
  const file = join(dir, 'new.json');
  const manifest = await createManifestFile(file, 'new', { name: 'new', source, prefix: '' });
  t.same(manifest, { source, prefix: '' });
  t.same(JSON.parse(await readFile(file, 'utf8')), manifest);
  t.same(await readdir(dir), ['new.json'], 'no draft is left');
  const modeOf = async () => (await stat(file)).mode & 0o777;
  t.equal(await modeOf(), 0o600, 'only its owner reads it');
  await replaceManifestFile(file, { source });
  t.equal(await modeOf(), 0o600);
});

await t.test('it names the schema when the folder has one', async (t) => {
  const dir = t.testdir({ 'manifest.schema.json': '{}' });
  const manifest = await createManifestFile(join(dir, 'new.json'), 'new', { source });
  t.equal(Object.keys(manifest)[0], '$schema');
});

await t.test('of many who add the same name at once one does', async (t) => {
  const dir = t.testdir({});
  const tries = Array.from({ length: 8 }, (_, at) =>
    createManifestFile(join(dir, 'same.json'), 'same', { source, prefix: `p${at}` }),
  );
  const outcomes = await Promise.allSettled(tries);
  const failures = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  t.equal(failures.length, 7);
  t.ok(failures.every((error) => error instanceof NexusError && error.code === 'PLUGIN_EXISTS'));
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
  t.match(JSON.parse(await readFile(join(dir, 'same.json'), 'utf8')), { prefix: `p${winner}` });
  t.same(await readdir(dir), ['same.json']);
});

await t.test('another manifest takes the place in one step', async (t) => {
  const dir = t.testdir({});
  const file = join(dir, 'a.json');
  await writeFile(file, '{}');
  await replaceManifestFile(file, { source });
  t.same(JSON.parse(await readFile(file, 'utf8')), { source });
  t.same(await readdir(dir), ['a.json']);
});
