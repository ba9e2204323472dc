import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { makeFolders, startPlugin, withoutPrivileges, type Plugin } from './harness.ts';

const pageSchema = z.object({
  entries: z.array(z.object({ path: z.string(), kind: z.string(), size_bytes: z.number().optional() })),
  unreadable: z.array(z.string()),
  next_cursor: z.string().optional(),
});

/** All pages of a listing: the paths in order, and how many pages it took. */
async function listAll(
  plugin: Plugin,
  input: Record<string, unknown>,
): Promise<{ paths: string[]; pages: number }> {
  const paths: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { data } = await plugin.call('list_dir', { ...input, ...(cursor !== undefined && { cursor }) });
    const page = pageSchema.parse(data);
    paths.push(...page.entries.map((entry) => entry.path));
    cursor = page.next_cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 1_000);
  return { paths, pages };
}

/** Order of a listing: name by name, a folder before what is in it. */
const byParts = (a: string, b: string): number =>
  a.split('/').join('\0') < b.split('/').join('\0') ? -1 : 1;

await t.test('shows kinds, sizes, times and targets', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  mkdirSync(join(folders.workspace, 'folder'));
  writeFileSync(join(folders.workspace, 'folder', 'inner'), '');
  writeFileSync(join(folders.workspace, 'Zeta'), '12345');
  writeFileSync(join(folders.workspace, 'ähm 🦊'), '');
  symlinkSync('../outside', join(folders.workspace, 'link'));
  const { data, text } = await plugin.call('list_dir', {});
  const page = pageSchema.parse(data);
  test.same(
    page.entries.map(({ path, kind, size_bytes: size }) => [path, kind, size]),
    [
      ['Zeta', 'file', 5],
      ['folder', 'folder', undefined],
      ['link', 'link', undefined],
      ['ähm 🦊', 'file', 0],
    ],
  );
  test.match(data, {
    path: '.',
    entries: [{ modified: /^\d{4}-\d\d-\d\dT.*Z$/ }, {}, { target: '../outside' }],
  });
  test.equal(text, 'Zeta (5 bytes)\nfolder/\nlink -> ../outside\nähm 🦊 (0 bytes)');
  const inner = await plugin.call('list_dir', { path: 'folder' });
  test.equal(inner.text, 'folder/inner (0 bytes)', 'paths can be used in the next call as they are');
  test.match(await plugin.refusal('list_dir', { path: 'link' }), /^OUTSIDE_WORKSPACE: /);
  test.match(await plugin.refusal('list_dir', { path: 'Zeta' }), /^NOT_A_FOLDER: .* read_file/);
});

await t.test('pages fit together, at every page size, also while files come and go', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  const expected: string[] = [];
  for (const folder of ['a', 'a.b', 'b', 'c']) {
    mkdirSync(join(folders.workspace, folder, 'deep'), { recursive: true });
    expected.push(folder, `${folder}/deep`);
    for (const name of ['1', '2', 'e']) {
      writeFileSync(join(folders.workspace, folder, 'deep', name), '');
      writeFileSync(join(folders.workspace, folder, name), '');
      expected.push(`${folder}/deep/${name}`, `${folder}/${name}`);
    }
  }
  expected.sort(byParts);
  for (const limit of [1, 2, 3, 7, 31, 32, 33]) {
    const { paths, pages } = await listAll(plugin, { depth: 3, limit });
    test.same(paths, expected, `limit ${limit}`);
    test.equal(pages, Math.ceil(expected.length / limit));
  }
  test.same((await listAll(plugin, { depth: 1 })).paths, ['a', 'a.b', 'b', 'c']);
  test.equal((await listAll(plugin, { path: 'a', depth: 2 })).paths[0], 'a/1');

  const first = pageSchema.parse((await plugin.call('list_dir', { depth: 3, limit: 10 })).data);
  writeFileSync(join(folders.workspace, 'a', '0'), '');
  writeFileSync(join(folders.workspace, 'zz'), '');
  const rest = await plugin.call('list_dir', { depth: 3, limit: 1_000, cursor: first.next_cursor });
  const seen = [...first.entries, ...pageSchema.parse(rest.data).entries].map((entry) => entry.path);
  test.same(seen, [...expected, 'zz'], 'nothing twice, nothing lost');
});

await t.test('a folder with 30,000 names', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  for (let count = 0; count < 30_000; count += 1) writeFileSync(join(folders.workspace, `f${count}`), '');
  const { paths, pages } = await listAll(plugin, { limit: 1_000 });
  test.equal(pages, 30);
  test.equal(new Set(paths).size, 30_000);
  test.same(paths, paths.toSorted());
});

await t.test('an unreadable folder is named, the others are listed', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders, { command: withoutPrivileges });
  for (const name of ['a', 'closed', 'z'])
    mkdirSync(join(folders.workspace, name, 'inner'), { recursive: true });
  chmodSync(join(folders.workspace, 'closed'), 0);
  const { data, text } = await plugin.call('list_dir', { depth: 2 });
  chmodSync(join(folders.workspace, 'closed'), 0o700);
  const page = pageSchema.parse(data);
  test.same(
    page.entries.map((entry) => entry.path),
    ['a', 'a/inner', 'closed', 'z', 'z/inner'],
  );
  test.same(page.unreadable, ['closed']);
  test.match(text, '[closed may not be read]');
});

await t.test('an empty folder, and a cursor of somebody else', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  test.match(await plugin.call('list_dir', {}), {
    text: '. has nothing (more) in it',
    data: { entries: [] },
  });
  for (const cursor of ['x', 'e30', Buffer.from('[]').toString('base64url')]) {
    test.match(await plugin.refusal('list_dir', { cursor }), /^INVALID_ARGUMENT: The cursor/);
  }
  const outside = Buffer.from(JSON.stringify(['..', 'outside', 'x'])).toString('base64url');
  test.match(await plugin.call('list_dir', { cursor: outside, depth: 5 }), { data: { entries: [] } });
});
