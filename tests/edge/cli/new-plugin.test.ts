import { join } from 'node:path';
import t from 'tap';
import { readNewPlugin } from '../../../runtime/edge/cli/new-plugin.ts';
import type { Given } from '../../../runtime/edge/cli/command-line.ts';
import { ECHO_PLUGIN_DIR } from '../../fixtures/nexus-command.ts';

const given = (word: string, more: Partial<Given> = {}): Given => ({
  words: [word],
  rest: undefined,
  values: {},
  switches: new Set(),
  ...more,
});
const sourceOf = (...rest: readonly string[]) => readNewPlugin(given('mine', { rest })).source;

await t.test('a package of npm is named after itself and pinned', async (t) => {
  t.same(readNewPlugin(given('@modelcontextprotocol/server-memory@2026.8.31')), {
    name: 'server-memory',
    source: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory@2026.8.31'] },
  });
  t.match(readNewPlugin(given('Some.Server_x@1.0.0-beta.1')), { name: 'some-server-x' });
});

await t.test('a package without an exact version is not taken', async (t) => {
  for (const word of ['server-memory', 'server-memory@latest', '@scope/x', '@scope/x@^1'])
    t.throws(() => readNewPlugin(given(word)), { code: 'USAGE', message: /name@1\.2\.3/ }, word);
});

await t.test('a directory is named after its package', async (t) => {
  const { name, source, asks } = readNewPlugin(given(ECHO_PLUGIN_DIR));
  t.equal(name, 'echo-plugin');
  t.same(source, { plugin: ECHO_PLUGIN_DIR.replace(/\/$/, '') });
  t.same(asks?.net, ['echo.example:443']);
  const bare = t.testdir({ none: {}, torn: { 'plugin.json': '{' }, nameless: { 'plugin.json': '{}' } });
  for (const [dir, message] of [
    ['none', /holds no plugin\.json/],
    ['torn', /cannot be read/],
    ['nameless', /plugin\.json: /],
  ] as const)
    t.throws(() => readNewPlugin(given(join(bare, dir))), { code: 'USAGE', message });
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
  t.same(readNewPlugin(given('far', { values: { url } })), { name: 'far', source: { url } });
  t.throws(() => readNewPlugin(given('far', { values: { url }, rest: ['node'] })), {
    code: 'USAGE',
    message: /not both/,
  });
});
