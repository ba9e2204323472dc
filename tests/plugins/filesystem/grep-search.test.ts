import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { makeFolders, startPlugin, withoutPrivileges, type Folders, type Plugin } from './harness.ts';

const resultSchema = z.object({
  matches: z.array(
    z.object({
      path: z.string(),
      line: z.number(),
      column: z.number(),
      text: z.string(),
      before: z.array(z.string()),
      after: z.array(z.string()),
    }),
  ),
  files_searched: z.number(),
  bytes_searched: z.number(),
  skipped_binary: z.number(),
  skipped_unreadable: z.number(),
  next_cursor: z.string().optional(),
});
type Result = z.infer<typeof resultSchema>;

async function grep(plugin: Plugin, input: Record<string, unknown>): Promise<Result> {
  return resultSchema.parse((await plugin.call('grep_search', input)).data);
}

/** All pages of a search: where the matches are, and how many pages it took. */
async function grepAll(
  plugin: Plugin,
  input: Record<string, unknown>,
): Promise<{ found: string[]; pages: number }> {
  const found: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await grep(plugin, { ...input, ...(cursor !== undefined && { cursor }) });
    found.push(...page.matches.map((hit) => `${hit.path}:${hit.line}`));
    cursor = page.next_cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 200);
  return { found, pages };
}

function fill(folders: Folders, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folders.workspace, path, '..'), { recursive: true });
    writeFileSync(join(folders.workspace, path), content);
  }
}

await t.test('finds lines, with context, as grep shows them', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  fill(folders, { 'src/a.ts': 'one\ntwo TODO\nthree\n', 'src/b.ts': 'x\r\nTODO: last\r\n', c: 'todo\n' });
  const { text, data } = await plugin.call('grep_search', { pattern: 'TODO', context: 1 });
  test.equal(
    text,
    [
      'src/a.ts-1- one',
      'src/a.ts:2:5: two TODO',
      'src/a.ts-3- three',
      '--',
      'src/b.ts-1- x',
      'src/b.ts:2:1: TODO: last',
      '--',
      '[2 matches in 3 files searched]',
    ].join('\n'),
  );
  test.equal(resultSchema.parse(data).matches.length, 2);
  test.equal((await grep(plugin, { pattern: 'TODO', ignore_case: true })).matches.length, 3);
  test.equal((await grep(plugin, { pattern: 'TODO', path: 'src/b.ts' })).matches[0]?.path, 'src/b.ts');
  test.equal(
    (await grep(plugin, { pattern: 'last$' })).matches.length,
    1,
    'a carriage return is no part of a line',
  );
  test.equal((await grep(plugin, { pattern: 'a.t', literal: true })).matches.length, 0);
  test.match(
    await plugin.refusal('grep_search', { pattern: 'x', path: '../outside' }),
    /^OUTSIDE_WORKSPACE: /,
  );
});

await t.test('globs choose files and leave out folders', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  const names = [
    'a.ts',
    'src/b.ts',
    'src/deep/c.ts',
    'src/d.js',
    '.git/e.ts',
    'lib/node_modules/f.ts',
    'out/g.ts',
  ];
  fill(folders, Object.fromEntries(names.map((name) => [name, 'here\n'])));
  const search = async (input: object): Promise<string[]> =>
    (await grep(plugin, { pattern: 'here', ...input })).matches.map((hit) => hit.path).toSorted();
  test.same(await search({}), ['a.ts', 'out/g.ts', 'src/b.ts', 'src/d.js', 'src/deep/c.ts']);
  test.same(await search({ include: ['*.ts'] }), ['a.ts', 'out/g.ts', 'src/b.ts', 'src/deep/c.ts']);
  test.same(await search({ include: ['src/*.{ts,js}'] }), ['src/b.ts', 'src/d.js']);
  test.same(await search({ include: ['*.ts'], exclude: ['src/', 'out'] }), [
    '.git/e.ts',
    'a.ts',
    'lib/node_modules/f.ts',
  ]);
  test.same(
    await search({ path: 'src', include: ['deep/**'] }),
    ['src/deep/c.ts'],
    'relative to the searched folder',
  );
  test.match(
    await plugin.refusal('grep_search', { pattern: 'x', include: ['{a'] }),
    /^INVALID_ARGUMENT: The glob/,
  );
});

await t.test('pages fit together at every size, also inside one file', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  const files: Record<string, string> = {};
  const expected: string[] = [];
  for (const path of ['a/1', 'a/2', 'b', 'c/d/e']) {
    files[path] = Array.from({ length: 23 }, (_, at) => (at % 3 === 0 ? 'hit ä\n' : 'miss ü\n')).join('');
    for (let line = 1; line <= 23; line += 3) expected.push(`${path}:${line}`);
  }
  fill(folders, files);
  for (const max of [1, 3, 8, 31, 32]) {
    const { found, pages } = await grepAll(plugin, { pattern: 'hit', max_results: max });
    test.same(found, expected, `max_results ${max}`);
    test.equal(pages, Math.ceil(expected.length / max));
  }
});

await t.test(
  'expressions that stall other engines finish, and the count that bounds them is the same every time',
  async (test) => {
    const folders = makeFolders(test);
    const plugin = await startPlugin(test, folders);
    fill(folders, { evil: `${'a'.repeat(60_000)}!\n`.repeat(20), words: `${'word '.repeat(10_000)}\n` });
    for (const pattern of [
      '(a+)+$',
      '(a|a)*$',
      '(a|aa)+b',
      '(.*)*(.*)*x',
      '(\\w+\\s?)*:',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
    ]) {
      const { files_searched: files, next_cursor: cursor } = await grep(plugin, { pattern });
      test.same([files, cursor], [2, undefined], pattern);
    }
    // The worst for this engine: more states than it can remember, so every step is walked.
    fill(folders, { states: Array.from({ length: 200_000 }, (_, at) => 'ab'[((at * at) % 7) % 2]).join('') });
    const first = await grep(plugin, { pattern: 'a[ab]{900}[cd]', path: 'states' });
    const again = await grep(plugin, { pattern: 'a[ab]{900}[cd]', path: 'states' });
    test.equal(first.bytes_searched, again.bytes_searched);
    test.match(
      await plugin.refusal('grep_search', { pattern: '\\pL{600}x\\pL{600}' }),
      /^INVALID_ARGUMENT: .* too large/,
    );
    test.match(
      await plugin.refusal('grep_search', { pattern: '((a{99}){99}){99}' }),
      /^INVALID_ARGUMENT: .* not valid/,
    );
    test.match(await plugin.refusal('grep_search', { pattern: '(?=x)' }), /RE2 syntax/);
    test.match(await plugin.refusal('grep_search', { pattern: '(' }), /^INVALID_ARGUMENT: .* missing/);
  },
);

await t.test('work is bounded by a count and can be continued', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  // A cost of 900 per byte lets one call look at about 1.1 MB of these 3 MB.
  const block = `${'x'.repeat(1_022)}\n`;
  fill(folders, { a: block.repeat(1_000), b: block.repeat(1_000), c: `${block.repeat(900)}yz\n` });
  const pattern = 'y(?:[ab]{890})?z';
  const first = await grep(plugin, { pattern });
  test.ok(
    first.next_cursor !== undefined && first.bytes_searched < 1_500_000,
    `${first.bytes_searched} bytes`,
  );
  const { found, pages } = await grepAll(plugin, { pattern });
  test.same(found, ['c:901']);
  test.ok(pages >= 2 && pages <= 4, `${pages} pages`);
});

await t.test('other calls are answered while a search runs', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  fill(folders, { large: `${'ab'.repeat(30_000)}\n`.repeat(100), small: 'x' });
  const order: string[] = [];
  await Promise.all([
    grep(plugin, { pattern: '[ab]*a[ab]{60}[cd]', path: 'large' }).then(() => order.push('search')),
    plugin.call('read_file', { path: 'small' }).then(() => order.push('read')),
  ]);
  test.same(order, ['read', 'search']);
});

await t.test('a canceled search stops', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  fill(folders, { large: `${'ab'.repeat(30_000)}\n`.repeat(200), small: 'x' });
  const cancel = new AbortController();
  const search = plugin.client.callTool(
    { name: 'grep_search', arguments: { pattern: '[ab]*a[ab]{600}[cd]' } },
    { signal: cancel.signal },
  );
  cancel.abort();
  await test.rejects(search);
  test.equal((await plugin.call('read_file', { path: 'small' })).text, 'x', 'the plugin goes on');
});

await t.test('huge lines, binary, sparse, empty and special files', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders, { command: withoutPrivileges });
  const huge = `${'-'.repeat(1_000_000)}needle${'-'.repeat(1_000_000)}\nneedle\n`;
  fill(folders, {
    huge,
    empty: '',
    binary: Buffer.from('needle\0needle\n'),
    sparse: 'needle\n',
    closed: 'needle',
  });
  fill(folders, {
    late: Buffer.concat([Buffer.from('needle\n'), Buffer.alloc(200_000, 'x'), Buffer.from([0])]),
  });
  truncateSync(join(folders.workspace, 'sparse'), 1_099_511_627_776);
  chmodSync(join(folders.workspace, 'closed'), 0);
  execFileSync('mkfifo', [join(folders.workspace, 'pipe')]);
  writeFileSync(join(folders.outside, 'secret'), 'needle\n');
  symlinkSync(folders.outside, join(folders.workspace, 'link'));
  symlinkSync('../outside/secret', join(folders.workspace, 'link-file'));
  const result = await grep(plugin, { pattern: 'needle' });
  const found = result.matches.map((hit) => `${hit.path}:${hit.line}`);
  test.same(found, ['huge:1', 'huge:2', 'late:1', 'sparse:1']);
  test.match(result, { skipped_binary: 3, skipped_unreadable: 1, next_cursor: undefined });
  test.ok(result.matches.every((hit) => hit.text.length <= 402 && hit.text.includes('needle')));
});

await t.test('what it returns is bounded, and goes on', async (test) => {
  const folders = makeFolders(test);
  const plugin = await startPlugin(test, folders);
  fill(folders, { wide: `${'w'.repeat(5_000)}\n`.repeat(1_000) });
  const first = await grep(plugin, { pattern: 'w', max_results: 1_000, context: 5 });
  test.ok(first.matches.length < 200 && first.next_cursor !== undefined, `${first.matches.length} matches`);
  test.equal((await grepAll(plugin, { pattern: 'w', max_results: 1_000 })).found.length, 1_000);
});
