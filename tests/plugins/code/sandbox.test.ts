import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { pluginSchema } from '../../../runtime/contract/api.ts';
import { manifestSchema } from '../../../runtime/contract/manifest.ts';
import type { PluginProcess } from '../../../runtime/contract/sandbox.ts';
import { Bundler } from '../../../runtime/host/discover/bundle/bundler.ts';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { Stage } from '../../sandbox/fixtures.ts';
import { waitForTools } from '../../scenario/peer.ts';
import { connectV2Http } from '../../scenario/v2-peer.ts';
import { BOMBS, endOf, ESCAPES, LOOPS, timeoutOf, TRACES } from './attacks.ts';
import { PLUGIN_ROOT } from './harness.ts';

t.setTimeout(600_000);

const written: unknown = JSON.parse(readFileSync(join(PLUGIN_ROOT, '../../manifests/code.json'), 'utf8'));
const manifest = { ...manifestSchema.parse(written), source: { plugin: PLUGIN_ROOT } };

await t.test('attacks through a kernel: the plugin serves on, never restarted', async (test) => {
  await using home = await createKernelHome({ code: manifest });
  await using kernel = await startKernel(home, ['--allow-unsandboxed']);
  await using peer = await connectV2Http(kernel);
  await waitForTools(peer, ['code__run_javascript']);
  for (const attack of [...ESCAPES, ...LOOPS, ...TRACES]) {
    const { name, source, gets } = attack;
    const words = endOf(attack);
    const hostile = await peer.call('code__run_javascript', { source, timeoutMs: timeoutOf(attack) });
    if (words === undefined) test.match(hostile, { isError: false, structured: { result: gets } }, name);
    else test.match(hostile, { isError: true, text: words }, name);
  }
  const together = BOMBS.map(({ source }) =>
    peer.call('code__run_javascript', { source, timeoutMs: 60_000 }),
  );
  for (const bomb of await Promise.all(together)) test.match(bomb, { isError: true });
  // That of every attack is seen to work where no kernel is between: attacks.test.ts.
  const ones = [ESCAPES, LOOPS, BOMBS, TRACES].flatMap((kind) => kind.slice(0, 1));
  const ordinary = ones.map(async ({ name, ordinary: [source, result] }) => {
    const outcome = await peer.call('code__run_javascript', { source });
    test.match(outcome, { isError: false, structured: { result } }, `${name}: the ordinary case works`);
  });
  await Promise.all(ordinary);
  const api = apiOf(kernel);
  const [plugin] = await api.get('/api/plugins', z.array(pluginSchema));
  test.match(plugin, { name: 'code', state: 'active', restarts: 0, warnings: [] });
  const [tool] = await api.get('/api/tools', z.tuple([z.looseObject({ effect: z.string() })]));
  test.equal(tool.effect, 'read');
});

/** The plugin as the sandbox starts it, spoken to in JSON-RPC. */
async function runIn(plugin: PluginProcess, sources: readonly string[]): Promise<unknown[]> {
  const lines = createInterface({ input: plugin.stdout });
  const send = (message: Record<string, unknown>): void => {
    plugin.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  };
  const clientInfo = { name: 'test', version: '1.0.0' };
  send({
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
  });
  send({ method: 'notifications/initialized' });
  const answers: unknown[] = [];
  for await (const line of lines) {
    const { id, result } = z.looseObject({ id: z.number(), result: z.unknown() }).parse(JSON.parse(line));
    if (id > 0) answers.push(result);
    const source = sources[id];
    if (source === undefined) break;
    send({
      id: id + 1,
      method: 'tools/call',
      params: { name: 'run_javascript', arguments: { source, timeoutMs: 1_000 } },
    });
  }
  return answers;
}

for (const mechanism of ['bubblewrap', 'namespaces', 'landlock', 'none'] as const) {
  await t.test(`in the sandbox: ${mechanism}`, async (test: Test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox(mechanism);
    if (mechanism !== 'none' && sandbox.mechanism !== mechanism) {
      const probe = sandbox.probes.find((one) => one.mechanism === mechanism);
      test.pass(mechanism, { skip: probe?.reason ?? 'it is unknown here' });
      return;
    }
    const { file, dir } = await new Bundler(stage.root).get(PLUGIN_ROOT, join(PLUGIN_ROOT, 'src', 'main.ts'));
    const dataDir = join(stage.dataDir, 'plugins', 'code');
    const { permissions, limits } = manifest;
    const spec = stage.spec({
      plugin: 'code',
      args: [file],
      packageDirs: [dir],
      cwd: dataDir,
      dataDir,
      permissions,
      limits,
    });
    await using plugin = await sandbox.launch(spec);
    const answers = await runIn(plugin, [
      'return [6 * 7, typeof process]',
      'for (;;);',
      'return "a".repeat(2 ** 28).split("").length',
      'return 1',
    ]);
    test.match(answers, [
      { structuredContent: { result: [42, 'undefined'] } },
      { isError: true, content: [{ text: /^TIME_LIMIT: / }] },
      { isError: true, content: [{ text: /^(?:MEMORY_LIMIT|SCRIPT_CRASHED|TIME_LIMIT): / }] },
      { structuredContent: { result: 1 } },
    ]);
  });
}
