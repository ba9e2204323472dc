import { join } from 'node:path';
import t from 'tap';
import { readNewPlugin } from '../../../runtime/edge/cli/new-plugin.ts';
import type { Given } from '../../../runtime/edge/cli/command-line.ts';

const given = (word: string, more: Partial<Given> = {}): Given => ({
  words: [word],
  rest: undefined,
  values: {},
  lists: {},
  switches: new Set(),
  ...more,
});
const nothing = { allow: { read: [], write: [], net: [], exec: false }, settings: {}, update: false };
const sourceOf = (...rest: readonly string[]) => readNewPlugin(given('mine', { rest })).source;

await t.test('a package of npm, with its exact version', async (t) => {
  const spec = '@modelcontextprotocol/server-memory@2026.8.31';
  t.same(readNewPlugin(given(spec)), { ...nothing, source: { package: spec } });
  t.match(readNewPlugin(given('Some.Server_x@1.0.0-beta.1', { values: { name: 'mine' } })), { name: 'mine' });
  for (const word of ['server-memory', 'server-memory@latest', '@scope/x', '@scope/x@^1'])
    t.throws(() => readNewPlugin(given(word)), { code: 'USAGE', message: /name@1\.2\.3/ }, word);
});

await t.test('files and folders are found from where the person is', async (t) => {
  const dir = t.testdir({ 'a.mcpb': '', package: {} });
  const before = process.cwd();
  process.chdir(dir);
  t.teardown(() => process.chdir(before));
  for (const what of ['a.mcpb', './package'])
    t.same(readNewPlugin(given(what)).source, { file: join(dir, what) });
  t.same(readNewPlugin(given('https://example.org/server.json')).source, {
    fetch: 'https://example.org/server.json',
  });
  for (const what of ['nowhere.mcpb', './nowhere', '~/nowhere'])
    t.throws(() => readNewPlugin(given(what)), { code: 'USAGE', message: /no file or folder \// }, what);
  for (const what of ['nowhere', 'http://a.example/server.json'])
    t.throws(() => readNewPlugin(given(what)), { code: 'USAGE', message: /none of these/ }, what);
});

await t.test('grants and settings', async (t) => {
  const lists = {
    'allow-read': ['docs', '/srv', '~/x'],
    'allow-write': ['${workspace}', '${settings.dir}'],
    'allow-net': ['a.example:443', 'b.example:443'],
    set: ['KEY=a=b', 'count=3', 'fast=true', 'dirs=["/a","/b"]', 'odd=[x'],
  };
  const switches = new Set(['allow-exec', 'update']);
  t.same(readNewPlugin(given('a@1.0.0', { lists, switches, values: { server: 'one' } })), {
    source: { package: 'a@1.0.0' },
    server: 'one',
    allow: {
      read: [join(process.cwd(), 'docs'), '/srv', '~/x'],
      write: ['${workspace}', '${settings.dir}'],
      net: ['a.example:443', 'b.example:443'],
      exec: true,
    },
    settings: { KEY: 'a=b', count: 3, fast: true, dirs: ['/a', '/b'], odd: '[x' },
    update: true,
  });
  t.throws(() => readNewPlugin(given('a@1.0.0', { lists: { set: ['x'] } })), { message: /not KEY=VALUE/ });
});

await t.test('a command: files are found from where the person is, the rest stays', async (t) => {
  const dir = t.testdir({ 'server.js': '', data: {} });
  const before = process.cwd();
  process.chdir(dir);
  t.teardown(() => process.chdir(before));
  t.same(sourceOf('node', 'server.js', '--dir', 'data', 'x'), {
    command: 'node',
    args: [join(dir, 'server.js'), '--dir', 'data', 'x'],
  });
  t.same(sourceOf('./server.js'), { command: join(dir, 'server.js'), args: [] });
  t.same(sourceOf('npx', '-y', 'server.js'), { command: 'npx', args: ['-y', 'server.js'] });
  t.throws(() => readNewPlugin(given('mine', { rest: [] })), { code: 'USAGE', message: /is missing/ });
  t.throws(() => readNewPlugin(given('Mine', { rest: ['node'] })), { code: 'USAGE', message: /lower-case/ });
});

await t.test('an address', async (t) => {
  const url = 'https://example.org/mcp';
  t.same(readNewPlugin(given('far', { values: { url } })), { ...nothing, name: 'far', source: { url } });
  t.throws(() => readNewPlugin(given('far', { values: { url, name: 'x' } })), {
    message: /Give the name once/,
  });
  t.throws(() => readNewPlugin(given('far', { values: { url }, rest: ['node'] })), {
    code: 'USAGE',
    message: /not both/,
  });
});
