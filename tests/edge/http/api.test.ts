import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import {
  callResultSchema,
  doctorSchema,
  pluginDetailSchema,
  pluginLogSchema,
  pluginSchema,
  runSchema,
  toolSchema,
} from '../../../runtime/contract/api.ts';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { copyEchoPlugin, echoManifest } from '../../fixtures/nexus-command.ts';

const home = await createKernelHome({
  echo: {
    ...echoManifest,
    tools: { echo: { effect: 'read' }, refuse: { effect: 'read' }, fail: { enabled: true } },
  },
  careful: { ...echoManifest, tools: { echo: { approval: 'always' } } },
  broken: { source: { command: 'no-such-program' } },
  secret: { enabled: true, source: { ...echoManifest.source, env: { API_TOKEN: 'tok-0123456789abcdef' } } },
});
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const api = apiOf(kernel);
const plugins = z.array(pluginSchema);
const runs = z.array(runSchema);
const call = async (tool: string, args: unknown = {}) =>
  callResultSchema.parse((await api.send('POST', '/api/call', { tool, arguments: args })).body);
const refusedCall = (body: unknown) => api.refused('POST', '/api/call', body);

await t.test('without the token nothing is told', async (t) => {
  t.equal((await fetch(`${kernel.url}/api/plugins`)).status, 401);
  t.equal((await fetch(`${kernel.url}/metrics`)).status, 401);
});

await t.test('tools of all plugins, once they are listed', async (t) => {
  const tools = await api.get('/api/tools', z.array(toolSchema));
  const echo = tools.find(({ name }) => name === 'echo__echo');
  t.match(echo, { plugin: 'echo', tool: 'echo', title: 'Echo', effect: 'read', approval: 'never' });
  t.same(echo?.inputSchema['required'], ['text']);
  t.equal(tools.find(({ name }) => name === 'careful__echo')?.approval, 'always');
});

await t.test('plugins say how they are and why', async (t) => {
  const all = await api.get('/api/plugins', plugins);
  t.same(
    all.map(({ name }) => name),
    ['broken', 'careful', 'echo', 'secret'],
  );
  t.match(all[0], { state: 'error', reason: /^COMMAND_MISSING: .*no-such-program/, tools: 0 });
  t.match(all[2], { enabled: true, tools: 8 });
});

await t.test('a call by public name and by plugin.tool', async (t) => {
  for (const tool of ['echo__echo', 'echo.echo']) {
    const { run, result } = await call(tool, { text: 'hé' });
    t.same(result, { content: [{ type: 'text', text: 'hé' }] });
    const record = await api.get(`/api/runs/${run}`, runSchema);
    t.match(record, {
      plugin: 'echo',
      tool: 'echo',
      state: 'SUCCEEDED',
      source: 'api',
      args: { text: 'hé' },
    });
    t.type(record.durationMs, 'number');
  }
});

await t.test('a tool that fails is a call that succeeds', async (t) => {
  const { run, result } = await call('echo.fail');
  t.equal(result['isError'], true);
  t.match(await api.get(`/api/runs/${run}`, runSchema), { state: 'FAILED', error: 'it went wrong' });
});

await t.test('calls that cannot be made say why', async (t) => {
  t.match(await refusedCall({ tool: 'echo.ecko' }), {
    status: 404,
    code: 'TOOL_UNKNOWN',
    message: /"echo\.echo"/,
  });
  t.match(await refusedCall({ tool: 'broken.x' }), { code: 'TOOL_UNKNOWN', message: /plugin health broken/ });
  t.match(await refusedCall({ tool: 'echo.echo', arguments: {} }), {
    status: 400,
    code: 'ARGUMENTS_INVALID',
  });
  t.match(await refusedCall({ tool: 'echo.refuse' }), {
    status: 502,
    code: 'CALL_REFUSED',
    message: /not today \(-32050\)/,
  });
  t.match(await refusedCall({ tool: 'echo.ask' }), { status: 502, code: 'CALL_REFUSED' });
  t.match(await refusedCall({ tool: 'careful.echo', arguments: { text: '' } }), {
    status: 403,
    code: 'RUN_DENIED',
  });
  t.match(await refusedCall({ tool: 'echo.crash' }), {
    status: 502,
    code: 'PLUGIN_CRASHED',
    message: /about to crash/,
  });
});

await t.test('requests that do not fit', async (t) => {
  t.match(await api.refused('POST', '/api/call', { tool: 3 }), {
    status: 400,
    code: 'REQUEST_INVALID',
    message: /tool: /,
  });
  t.match(await api.refused('POST', '/api/call', '{"tool"'), { status: 400, code: 'REQUEST_INVALID' });
  t.match(await api.refused('GET', '/api/runs?limit=1001'), {
    status: 400,
    code: 'REQUEST_INVALID',
    message: /limit/,
  });
  t.match(await api.refused('GET', '/api/runs?state=LOST'), {
    status: 400,
    code: 'REQUEST_INVALID',
    message: /state/,
  });
  t.match(await api.refused('GET', '/api/runs/none'), { status: 404, code: 'RUN_UNKNOWN' });
  t.match(await api.refused('GET', '/api/nothing'), {
    status: 404,
    code: 'ROUTE_UNKNOWN',
    message: /GET \/api\/nothing/,
  });
  const large = JSON.stringify({ tool: 'echo.echo', arguments: { text: 'x'.repeat(4 * 1024 * 1024) } });
  t.match(await api.refused('POST', '/api/call', large), { status: 413, code: 'REQUEST_TOO_LARGE' });
});

await t.test('runs, newest first, filtered and page by page', async (t) => {
  const failed = await api.get('/api/runs?plugin=echo&tool=fail&state=FAILED', runs);
  t.equal(failed.length, 1);
  const [first, second] = await api.get('/api/runs?limit=2', runs);
  t.ok((first?.id ?? '') > (second?.id ?? ''), 'newest first');
  const next = await api.get(`/api/runs?limit=1&before=${second?.id}`, runs);
  t.ok((next[0]?.id ?? '~') < (second?.id ?? ''), 'the next page goes on');
});

await t.test('one plugin in detail, without its secrets', async (t) => {
  const { status, manifest, tools, manifestFile } = await api.get('/api/plugins/secret', pluginDetailSchema);
  t.equal(status.name, 'secret');
  t.equal(tools.length, 8);
  t.equal(manifestFile, join(home.manifests, 'secret.json'));
  t.notMatch(JSON.stringify(manifest), /tok-0123456789abcdef/);
  t.match(manifest, { limits: { memoryMb: 512 }, source: { env: { API_TOKEN: /redacted/ } } });
  t.match(await api.refused('GET', '/api/plugins/ecko'), {
    status: 404,
    code: 'PLUGIN_UNKNOWN',
    message: /"echo"/,
  });
  t.match(await api.refused('GET', '/api/plugins/..%2Fdata'), { status: 404, code: 'PLUGIN_UNKNOWN' });
});

await t.test('logs and restart', async (t) => {
  await call('echo.echo', { text: '1' });
  const { lines } = await api.get('/api/plugins/echo/logs', pluginLogSchema);
  t.ok(lines.includes('echo-plugin started'));
  const before = (await api.get('/api/plugins/echo', pluginDetailSchema)).status.pid;
  t.equal((await api.send('POST', '/api/plugins/echo/restart')).status, 200);
  await call('echo.echo', { text: '2' });
  const after = (await api.get('/api/plugins/echo', pluginDetailSchema)).status.pid;
  t.not(after, before);
  t.match(await api.refused('POST', '/api/plugins/echo/approve'), { status: 409, code: 'PLUGIN_NOT_HELD' });
});

await t.test('a plugin in a crash loop is held until it is approved', async (t) => {
  const state = async () => (await api.get('/api/plugins/echo', pluginDetailSchema)).status.state;
  for (let crashes = 0; crashes < 10 && (await state()) !== 'quarantined'; crashes += 1) {
    await api.send('POST', '/api/call', { tool: 'echo.crash', arguments: {} });
  }
  t.equal(await state(), 'quarantined');
  t.match(await refusedCall({ tool: 'echo.echo', arguments: { text: '' } }), {
    status: 503,
    code: 'PLUGIN_UNAVAILABLE',
  });
  t.equal((await api.send('POST', '/api/plugins/echo/approve')).status, 200);
  t.match((await call('echo.echo', { text: 'well' })).result, { content: [{ text: 'well' }] });
});

await t.test('disable and enable change the manifest, and the host follows', async (t) => {
  const disabled = await api.send('POST', '/api/plugins/echo/disable');
  t.match(disabled, { status: 200, body: { state: 'disabled', enabled: false } });
  const file = join(home.manifests, 'echo.json');
  t.match(JSON.parse(await readFile(file, 'utf8')), {
    enabled: false,
    tools: { refuse: { effect: 'read' } },
  });
  t.match(await api.refused('POST', '/api/call', { tool: 'echo.echo', arguments: { text: '' } }), {
    code: 'TOOL_UNKNOWN',
    message: /disabled/,
  });
  t.match(await api.refused('POST', '/api/plugins/echo/restart'), {
    status: 503,
    code: 'PLUGIN_UNAVAILABLE',
  });
  t.match(await api.send('POST', '/api/plugins/echo/enable'), { status: 200, body: { enabled: true } });
  t.match((await call('echo.echo', { text: 'again' })).result, { content: [{ text: 'again' }] });
});

await t.test('a new plugin is validated, written and followed', async (t) => {
  const server = join(await copyEchoPlugin(home.root), 'server.mjs');
  const manifest = { source: { command: 'node', args: [server] } };
  const added = await api.send('POST', '/api/plugins', { name: 'fresh', ...manifest });
  t.match(added, { status: 201, body: { name: 'fresh', manifest: { source: { command: 'node' } } } });
  t.same(
    JSON.parse(await readFile(join(home.manifests, 'fresh.json'), 'utf8')),
    manifest,
    'no defaults, no name',
  );
  const said = { tool: 'fresh.echo', arguments: { text: 'new' } };
  t.match(await refusedCall(said), { code: 'TOOL_UNKNOWN', message: /quarantined/ });
  t.match(await api.send('POST', '/api/plugins/fresh/approve'), { status: 200 });
  t.match((await call(said.tool, said.arguments)).result, { content: [{ text: 'new' }] });
  const refused = (body: unknown) => api.refused('POST', '/api/plugins', body);
  t.match(await refused({ name: 'fresh', ...manifest }), { status: 409, code: 'PLUGIN_EXISTS' });
  t.match(await refused({ name: '../up', ...echoManifest }), {
    status: 400,
    code: 'REQUEST_INVALID',
    message: /name: /,
  });
  t.match(await refused({ name: 'odd', ...echoManifest, permisions: {} }), {
    status: 400,
    message: /permisions/,
  });
});

await t.test('a manifest that is no JSON cannot be switched', async (t) => {
  await writeFile(join(home.manifests, 'torn.json'), '{ "source": ');
  await until(async () => (await api.get('/api/plugins', plugins)).some(({ name }) => name === 'torn'));
  t.match(await api.refused('POST', '/api/plugins/torn/disable'), { status: 422, code: 'MANIFEST_INVALID' });
  t.equal(await readFile(join(home.manifests, 'torn.json'), 'utf8'), '{ "source": ');
});

await t.test('the doctor reports tier, folders and troubles', async (t) => {
  const report = await api.get('/api/doctor', doctorSchema);
  t.match(report, { running: true, url: kernel.url, pid: kernel.pid, node: process.version });
  t.equal(report.paths['manifests'], home.manifests);
  t.ok(report.troubles.some(({ plugin, text }) => plugin === 'broken' && text.includes('COMMAND_MISSING')));
});

/** Looks until it is so; the test's own deadline ends a wait that is in vain. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
