import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { dataFolderOf, openStore } from '../../../plugin-template/sdk/src/store.ts';

const up = (data: { count: number }): void => void (data.count += 1);

await t.test('defaults until something is written, and for what is new', async (t) => {
  const folder = join(t.testdir(), 'data');
  const store = openStore<{ count: number; tags: string[] }>(folder, { count: 0, tags: [] });
  const first = await store.read();
  first.tags.push('only in this copy');
  t.same(await store.read(), { count: 0, tags: [] });
  await store.update((data) => void (data.count = 3));
  t.same(JSON.parse(readFileSync(join(folder, 'store.json'), 'utf8')), { count: 3, tags: [] });
  const grown = openStore<{ count: number; more: string }>(folder, { count: 0, more: 'new' });
  t.match(await grown.read(), { count: 3, more: 'new' });
});

await t.test('updates build upon what is there, by whomever it was written', async (t) => {
  const folder = t.testdir();
  const [one, other] = [0, 0].map((count) => openStore<{ count: number }>(folder, { count }));
  if (one === undefined || other === undefined) throw new TypeError('two stores');
  await Promise.all(Array.from({ length: 50 }, () => one.update(up)));
  t.same(await other.update(up), { count: 51 });
  t.same(await one.read(), { count: 51 });
  t.same(readdirSync(folder), ['store.json'], 'no temporary file stays');
});

await t.test('a change that fails writes nothing and holds up nobody', async (t) => {
  const folder = t.testdir();
  const store = openStore<{ count: number }>(folder, { count: 0 });
  const failing = store.update((data) => {
    data.count = 9;
    throw new Error('no');
  });
  await t.rejects(failing, { message: 'no' });
  t.same(await store.update(up), { count: 1 });
});

await t.test('the folder is that of the host, else that of the user', (t) => {
  t.equal(dataFolderOf('a', { PLUGIN_DATA: '/d' }), '/d');
  t.equal(dataFolderOf('a', { PLUGIN_DATA: '', XDG_DATA_HOME: '/x' }), '/x/nexus-plugins/a');
  t.equal(dataFolderOf('a', {}), join(homedir(), '.local/share/nexus-plugins/a'));
  t.end();
});
