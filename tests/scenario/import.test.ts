import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packExtension } from '@anthropic-ai/mcpb';
import { build } from 'esbuild';
import t, { type Test } from 'tap';
import type { z } from 'zod';
import { callResultSchema, pluginSchema } from '../../runtime/contract/api.ts';
import { importOutcomeSchema, type importRequestSchema } from '../../runtime/contract/import.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';

t.setTimeout(240_000);

type Request = z.input<typeof importRequestSchema>;

const servers = {
  everything: '@modelcontextprotocol/server-everything@2026.8.31',
  filesystem: '@modelcontextprotocol/server-filesystem@2026.8.31',
  memory: '@modelcontextprotocol/server-memory@2026.8.31',
  thinking: '@modelcontextprotocol/server-sequential-thinking@2026.8.31',
};
const token = 'marked-secret-of-a-client-4711';
const agentPlugins = 'https://agent-plugins.org/schemas/1.0.0';
const thought = { thought: 'Hm', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 };

await using home = await createKernelHome();
await using kernel = await startKernel(home);
const api = apiOf(kernel);
const sources = join(home.root, 'sources');
mkdirSync(sources);
writeFileSync(join(home.workspace, 'note.txt'), 'a note');
let imported = 0;

/** Imports one plugin, sees that nothing of it runs, approves it, and calls a tool of it in its sandbox. */
async function works(
  t: Test,
  request: Request,
  name: string,
  [tool, args, expected]: readonly [string, Readonly<Record<string, unknown>>, RegExp],
): Promise<void> {
  const answer = await api.send('POST', '/api/plugins/import', request);
  t.equal(answer.status, 200, JSON.stringify(answer.body));
  const [plugin] = importOutcomeSchema.parse(answer.body).plugins;
  t.match(plugin, { name, outcome: 'added', obstacle: null });
  t.notMatch(JSON.stringify(plugin), token);
  await approve(t, name);
  const { result } = callResultSchema.parse(
    (await api.send('POST', '/api/call', { tool: `${name}.${tool}`, arguments: args })).body,
  );
  t.match(JSON.stringify(result['content']), expected, `${name}.${tool}`);
  t.not(result['isError'], true);
  t.match(await statusOf(name), { state: 'active', tier: 'sandbox' });
  imported += 1;
}

async function approve(t: Test, name: string): Promise<void> {
  const held = await settled(name);
  t.match(held, { state: 'quarantined', pid: null }, `${name} waits`);
  const { status, body } = await api.send('POST', `/api/plugins/${name}/approve`);
  t.equal(status, 200, JSON.stringify(body));
  t.match(await settled(name), { state: /^(?:configured|active)$/ }, `${name} runs`);
}

async function statusOf(name: string) {
  return (await api.get('/api/plugins', pluginSchema.array())).find((plugin) => plugin.name === name);
}

/** A plugin's status when it waits for somebody, has failed, or its tools are known. */
async function settled(name: string) {
  for (;;) {
    const status = await statusOf(name);
    if (status !== undefined && (status.tools > 0 || /quarantined|error/.test(status.state))) return status;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

await t.test('servers from npm', async (t) => {
  await works(t, { source: { package: servers.everything }, name: 'npm-everything' }, 'npm-everything', [
    'echo',
    { message: 'npm' },
    /Echo: npm/,
  ]);
  const args = ['-y', servers.filesystem, '${workspace}'];
  const files = { source: { command: 'npx', args }, name: 'npm-files', allow: { write: ['${workspace}'] } };
  const path = join(home.workspace, 'written.txt');
  await works(t, files, 'npm-files', ['write_file', { path, content: 'by npm-files' }, /Successfully wrote/]);
  t.equal(readFileSync(path, 'utf8'), 'by npm-files');
  await works(t, { source: { package: servers.memory } }, 'server-memory', ['read_graph', {}, /entities/]);
  await works(t, { source: { package: servers.thinking }, name: 'thinking' }, 'thinking', [
    'sequentialthinking',
    thought,
    /thoughtNumber/,
  ]);
});

/** The real server of a package as one file, as authors of bundles make it. */
async function bundleServer(packageName: string, outfile: string): Promise<void> {
  const entry = fileURLToPath(import.meta.resolve(`${packageName}/dist/index.js`));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}

/** Packs a folder with this manifest as `mcpb pack` does. */
async function pack(dir: string, manifest: Readonly<Record<string, unknown>>): Promise<string> {
  const head = {
    manifest_version: '0.3',
    version: '1.0.0',
    description: 'Of a test',
    author: { name: 'Ada' },
  };
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...head, ...manifest }));
  const outputPath = `${dir}.mcpb`;
  if (!(await packExtension({ extensionPath: dir, outputPath, silent: true }))) throw new Error('not packed');
  return outputPath;
}

const nodeServer = (more: Readonly<Record<string, unknown>> = {}) => ({
  type: 'node',
  entry_point: 'server/index.js',
  mcp_config: { command: 'node', args: ['${__dirname}/server/index.js'], ...more },
});

await t.test('bundles made with mcpb', async (t) => {
  const files = join(sources, 'files');
  await mkdir(join(files, 'server'), { recursive: true });
  writeFileSync(join(files, 'package.json'), '{ "type": "module" }');
  await bundleServer('@modelcontextprotocol/server-filesystem', join(files, 'server', 'index.js'));
  const user_config = {
    folders: { type: 'directory', title: 'Folders', description: 'To use', multiple: true, required: true },
  };
  const filesServer = nodeServer({ args: ['${__dirname}/server/index.js', '${user_config.folders}'] });
  const file = await pack(files, { name: 'bundled-files', server: filesServer, user_config });
  const path = join(home.workspace, 'note.txt');
  await works(t, { source: { file }, settings: { folders: [home.workspace] } }, 'bundled-files', [
    'read_text_file',
    { path },
    /a note/,
  ]);

  const thinking = join(sources, 'memory');
  await mkdir(join(thinking, 'server'), { recursive: true });
  writeFileSync(join(thinking, 'package.json'), '{ "type": "module" }');
  await bundleServer('@modelcontextprotocol/server-memory', join(thinking, 'server', 'index.js'));
  const memory = await pack(thinking, { name: 'bundled-memory', server: nodeServer() });
  await works(t, { source: { file: memory } }, 'bundled-memory', ['read_graph', {}, /entities/]);

  // Its packages are not in it: they are installed beside it.
  const everything = join(sources, 'everything');
  const root = dirname(
    dirname(fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'))),
  );
  await cp(join(root, 'dist'), join(everything, 'server'), { recursive: true });
  await cp(join(root, 'package.json'), join(everything, 'package.json'));
  const secret = {
    type: 'string',
    title: 'Token',
    description: 'Of nothing',
    sensitive: true,
    required: true,
  };
  const server = nodeServer({ env: { TOKEN_FOR_TEST: '${user_config.token}' } });
  const bundle = await pack(everything, {
    name: 'bundled-everything',
    server,
    user_config: { token: secret },
  });
  const request = { source: { file: bundle }, settings: { token } };
  await works(t, request, 'bundled-everything', ['get-env', {}, new RegExp(token)]);
});

/** An Agent Plugins directory with one server. */
function agentPlugin(name: string, server: object, packageJson?: object): string {
  const dir = join(sources, name);
  mkdirSync(dir, { recursive: true });
  const plugin = { $schema: `${agentPlugins}/plugin.schema.json`, name };
  const mcp = {
    $schema: `${agentPlugins}/mcp.schema.json`,
    mcpServers: { [name]: { type: 'stdio', ...server } },
  };
  writeFileSync(join(dir, 'plugin.json'), JSON.stringify(plugin));
  writeFileSync(join(dir, 'mcp.json'), JSON.stringify(mcp));
  if (packageJson !== undefined) writeFileSync(join(dir, 'package.json'), JSON.stringify(packageJson));
  return dir;
}

await t.test('Agent Plugins directories', async (t) => {
  const npx = agentPlugin('agent-thinking', { command: 'npx', args: ['-y', servers.thinking] });
  await works(t, { source: { file: npx } }, 'agent-thinking', [
    'sequentialthinking',
    thought,
    /thoughtNumber/,
  ]);

  const dependencies = { '@modelcontextprotocol/server-memory': '2026.8.31' };
  const memory = agentPlugin(
    'agent-memory',
    {
      command: 'node',
      args: ['${PLUGIN_ROOT}/main.mjs'],
      env: { MEMORY_FILE_PATH: '${PLUGIN_DATA}/memory.jsonl' },
    },
    { dependencies },
  );
  writeFileSync(join(memory, 'main.mjs'), "import '@modelcontextprotocol/server-memory/dist/index.js';");
  const entities = [{ name: 'Ada', entityType: 'person', observations: ['wrote the first program'] }];
  await works(t, { source: { file: memory } }, 'agent-memory', [
    'create_entities',
    { entities },
    /first program/,
  ]);

  const files = agentPlugin(
    'agent-files',
    { command: 'node', args: ['${PLUGIN_ROOT}/server.js', '${PLUGIN_DATA}'] },
    { type: 'module' },
  );
  await bundleServer('@modelcontextprotocol/server-filesystem', join(files, 'server.js'));
  await works(t, { source: { file: files } }, 'agent-files', ['list_allowed_directories', {}, /agent-files/]);
});

await t.test('configuration files of other clients', async (t) => {
  const desktop = join(sources, 'claude_desktop_config.json');
  const mcpServers = {
    Everything: { command: 'npx', args: ['-y', servers.everything], env: { SERVICE_TOKEN: token } },
  };
  writeFileSync(desktop, JSON.stringify({ mcpServers }));
  await works(t, { source: { file: desktop } }, 'everything', ['get-env', {}, new RegExp(token)]);

  const code = join(sources, 'mcp.json');
  writeFileSync(
    code,
    `{ // of VS Code
      "inputs": [{ "id": "key", "type": "promptString", "description": "A key", "password": true }],
      "servers": { "memory": { "type": "stdio", "command": "npx", "args": ["-y", "${servers.memory}"], "env": { "KEY": "\${input:key}" } } },
    }`,
  );
  await works(t, { source: { file: code }, settings: { key: token } }, 'memory', [
    'read_graph',
    {},
    /entities/,
  ]);
  t.notMatch(readFileSync(join(home.manifests, 'everything.json'), 'utf8'), token);
  t.notMatch(readFileSync(join(home.manifests, 'memory.json'), 'utf8'), token);
});

await t.test('all twelve', (t) => {
  t.equal(imported, 12);
  t.end();
});
