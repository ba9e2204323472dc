// The loading rules of Agent Plugins 1.0.0; § numbers are those of the specification.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadAgentPlugin, type AgentPlugin } from '../../../runtime/host/discover/agent-plugin.ts';
import { realPathOf } from '../../../runtime/host/discover/contained-path.ts';

const pluginId = 'https://agent-plugins.org/schemas/1.0.0/plugin.schema.json';
const mcpId = 'https://agent-plugins.org/schemas/1.0.0/mcp.schema.json';
const minimal = { $schema: pluginId, name: 'demo' };
const server = { type: 'stdio', command: 'node', args: ['${PLUGIN_ROOT}/server.js'] };
const mcp = (mcpServers: unknown, $schema: unknown = mcpId): unknown => ({ $schema, mcpServers });

type Files = Readonly<Record<string, unknown>>;

/** A package whose JSON files are given as values or, when broken, as text. */
function packageOf(t: Test, files: Files): string {
  const dir = join(realPathOf(t.testdir({})), 'package');
  mkdirSync(dir);
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return dir;
}

async function load(t: Test, files: Files): Promise<AgentPlugin> {
  const root = packageOf(t, files);
  return await loadAgentPlugin(root, join(root, '..', 'data'));
}

await t.test('a minimal package loads: a missing mcp.json is no error (§5.2, §6.2)', async (t) => {
  const loaded = await load(t, { 'plugin.json': minimal });
  t.equal(loaded.name, 'demo');
  t.equal(loaded.servers.size, 0);
  t.equal(loaded.skipped.size, 0);
  t.same(loaded.warnings, []);
});

await t.test('a full plugin.json loads, whatever its metadata say (§5.4)', async (t) => {
  const metadata = {
    version: 'not semver',
    description: 'd',
    author: { name: 'n', email: 'no address', url: 'no url' },
    homepage: 'nowhere',
    repository: 'x',
    license: 'mine',
    keywords: ['a'],
  };
  const { warnings } = await load(t, { 'plugin.json': { ...minimal, ...metadata } });
  t.same(warnings, []);
});

const fatal: Readonly<Record<string, unknown>> = {
  'no name (§5.3)': { $schema: pluginId },
  'an empty name (§5.3)': { ...minimal, name: '' },
  'no $schema (§5.3)': { name: 'demo' },
  'a version of the format that is not supported (§5.2)': {
    ...minimal,
    $schema: 'https://agent-plugins.org/schemas/9.0.0/plugin.schema.json',
  },
  'capitals in the name (§5.5)': { ...minimal, name: 'Demo' },
  'a name that begins with a hyphen (§5.5)': { ...minimal, name: '-demo' },
  'two hyphens in the name (§5.5)': { ...minimal, name: 'de--mo' },
  'two periods in the name (§5.5)': { ...minimal, name: 'de..mo' },
  'a name of 65 characters (§5.5)': { ...minimal, name: 'a'.repeat(65) },
  'a version that is a number (§5.4)': { ...minimal, version: 1 },
  'an unknown field of the author (§5.4)': { ...minimal, author: { nick: 'x' } },
  'keywords that are no texts (§5.4)': { ...minimal, keywords: [1] },
  'an extension that is no object (§8.1, §5.2)': { ...minimal, extensions: { 'com.example': 1 } },
  'no object at all (§5.2)': [],
  'broken JSON (§5.2)': '{ "name": ',
};
for (const [what, pluginJson] of Object.entries(fatal)) {
  await t.test(`the plugin is rejected for ${what}`, async (t) => {
    await t.rejects(load(t, { 'plugin.json': pluginJson, 'mcp.json': mcp({ a: server }) }), {
      code: 'PLUGIN_INVALID',
      data: { file: /plugin\.json/ },
    });
  });
}

await t.test('names with periods and digits are allowed (§5.5)', async (t) => {
  for (const name of ['my-plugin', 'acme.tools', 'lint3r', 'a']) {
    const loaded = await load(t, { 'plugin.json': { ...minimal, name } });
    t.equal(loaded.name, name);
  }
});

await t.test('no plugin.json, no plugin (§4.1 rule 2)', async (t) => {
  await t.rejects(load(t, { 'mcp.json': mcp({ a: server }) }), { code: 'PLUGIN_INVALID' });
});

await t.test('unknown top-level fields are reported and ignored (§5.2)', async (t) => {
  const files = {
    'plugin.json': { ...minimal, descripton: 'x', mcpServers: {} },
    'mcp.json': mcp({ a: server }),
  };
  const { warnings, servers } = await load(t, files);
  t.equal(warnings.length, 2);
  t.match(warnings[0], /"descripton" is not a known key and is ignored; did you mean "description"/);
  t.same([...servers.keys()], ['a']);
});

await t.test('extensions that are no object are reported and ignored (§8.1)', async (t) => {
  const { warnings } = await load(t, { 'plugin.json': { ...minimal, extensions: 'x' } });
  t.match(warnings, [/"extensions" is not an object/]);
});

await t.test(
  'namespaces of others are not looked into, ours is checked to the last key (§8.1)',
  async (t) => {
    const foreign = { 'com.example.client': { bundle: 5, anything: [null] } };
    t.same((await load(t, { 'plugin.json': { ...minimal, extensions: foreign } })).warnings, []);
    const ours = { 'dev.nexus': { bundle: 'src/main.ts', permissions: { net: ['127.0.0.1:80'] } } };
    const { extension } = await load(t, { 'plugin.json': { ...minimal, extensions: ours } });
    t.match(extension, { bundle: 'src/main.ts', permissions: { net: ['127.0.0.1:80'], exec: false } });
    const typo = { 'dev.nexus': { permisions: {} } };
    await t.rejects(load(t, { 'plugin.json': { ...minimal, extensions: typo } }), {
      code: 'PLUGIN_INVALID',
      data: { key: 'extensions.dev.nexus.permisions', todo: /Did you mean "permissions"/ },
    });
  },
);

const disabling: Readonly<Record<string, unknown>> = {
  'broken JSON': '{',
  'no $schema': { mcpServers: { a: server } },
  'another version than plugin.json': mcp({ a: server }, mcpId.replace('1.0.0', '1.1.0')),
  'no mcpServers': { $schema: mcpId },
  'mcpServers that is a list': mcp([server]),
  'an unknown top-level field': { $schema: mcpId, mcpServers: { a: server }, servers: {} },
};
for (const [what, mcpJson] of Object.entries(disabling)) {
  await t.test(`an mcp.json with ${what} disables MCP and nothing else (§7.2.2 rule 2)`, async (t) => {
    const { name, servers, skipped } = await load(t, { 'plugin.json': minimal, 'mcp.json': mcpJson });
    t.equal(name, 'demo');
    t.equal(servers.size, 0);
    t.match(skipped.get(''), { code: 'PLUGIN_INVALID', data: { file: /mcp\.json/ } });
  });
}

await t.test('no servers is valid (§7.2.1)', async (t) => {
  const { skipped, servers } = await load(t, { 'plugin.json': minimal, 'mcp.json': mcp({}) });
  t.equal(servers.size + skipped.size, 0);
});

await t.test('a bad server is skipped and reported, the others stay (§7.2.2 rule 3)', async (t) => {
  const text =
    '{\n  "$schema": "ID",\n  "mcpServers": {\n    "bad": {\n      "type": "stdio"\n    },\n    "good": SERVER\n  }\n}';
  const mcpJson = text.replace('ID', mcpId).replace('SERVER', JSON.stringify(server));
  const { servers, skipped } = await load(t, { 'plugin.json': minimal, 'mcp.json': mcpJson });
  t.same([...servers.keys()], ['good']);
  t.match(skipped.get('bad')?.message, /mcp\.json:4:5: mcpServers\.bad\.command: is missing/);
});

await t.test('files that lead out of the package (§4.1)', async (t) => {
  const root = packageOf(t, {});
  const outside = join(root, '..', 'outside.json');
  writeFileSync(outside, JSON.stringify(minimal));
  symlinkSync(outside, join(root, 'plugin.json'));
  await t.rejects(loadAgentPlugin(root, root), { code: 'PLUGIN_INVALID', data: { problem: /leads out/ } });

  const second = packageOf(t, { 'plugin.json': minimal });
  symlinkSync('../elsewhere.json', join(second, 'mcp.json'));
  writeFileSync(join(second, '..', 'elsewhere.json'), JSON.stringify(mcp({ a: server })));
  const { skipped, servers } = await loadAgentPlugin(second, second);
  t.equal(servers.size, 0);
  t.match(skipped.get('')?.message, /leads out/, 'mcp.json: only MCP is disabled');
});

await t.test('links inside the package are followed (§4.1 rule 3)', async (t) => {
  const root = packageOf(t, { 'real.json': minimal });
  symlinkSync('real.json', join(root, 'plugin.json'));
  t.equal((await loadAgentPlugin(root, root)).name, 'demo');
});

await t.test('an mcp.json that is no file disables MCP (§6.2)', async (t) => {
  const root = packageOf(t, { 'plugin.json': minimal });
  mkdirSync(join(root, 'mcp.json'));
  t.match((await loadAgentPlugin(root, root)).skipped.get('')?.message, /not a regular file/);
});

await t.test('the root is the real one, however the package is reached (§9.1)', async (t) => {
  const root = packageOf(t, { 'plugin.json': minimal, 'mcp.json': mcp({ a: server }) });
  symlinkSync(root, join(root, '..', 'alias'));
  const loaded = await loadAgentPlugin(join(root, '..', 'alias'), join(root, '..', 'data'));
  t.equal(loaded.root, root);
  t.match(loaded.servers.get('a'), { args: [join(root, 'server.js')] });
});
