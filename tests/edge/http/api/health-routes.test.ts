import t from 'tap';
import { z } from 'zod';
import { listedPluginSchema, pluginDetailSchema } from '../../../../runtime/contract/api.ts';
import { pluginHealthSchema } from '../../../../runtime/contract/health.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../../fixtures/kernel-process.ts';
import { echoManifest } from '../../../fixtures/nexus-command.ts';

const home = await createKernelHome({
  echo: echoManifest,
  broken: { source: { command: 'no-such-program' } },
});
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const api = apiOf(kernel);
const call = (tool: string, args: unknown = {}) => api.send('POST', '/api/call', { tool, arguments: args });

await t.test('health of a plugin, and a check on demand', async (t) => {
  const path = '/api/plugins/echo/health';
  const outcomes = await Promise.all([
    call('echo.echo', { text: 'x' }),
    call('echo.fail'),
    call('echo.refuse'),
    call('echo.echo', { text: 3 }),
  ]);
  t.same(
    outcomes.map(({ status }) => status),
    [200, 200, 502, 400],
  );
  t.equal((await call('echo.crash')).status, 502);
  const before = await api.get(path, pluginHealthSchema);
  t.match(before, { plugin: 'echo', lastCheck: null, breaker: { state: 'closed' } });
  t.match(before.calls, { total: 4, errors: 3, errorRate: 0.75 }, 'what the kernel refused is no call');
  t.match(before.errors.at(-1), { tool: 'crash', error: /about to crash/ });
  t.ok(before.stderr.includes('about to crash'));
  const checked = pluginHealthSchema.parse((await api.send('POST', path)).body);
  t.match(checked, { state: 'active', lastCheck: { isOk: true, words: '' }, usage: { processes: 1 } });
  t.same(checked.calls, before.calls, 'a check is no call');
  const [, echo] = await api.get('/api/plugins', z.array(listedPluginSchema));
  t.match(echo?.health, { lastCheck: checked.lastCheck, calls: before.calls, lastError: { tool: 'crash' } });
  const detail = await api.get('/api/plugins/echo', pluginDetailSchema);
  t.match(detail.health, { lastCheck: checked.lastCheck, errors: before.errors });
  const broken = pluginHealthSchema.parse((await api.send('POST', '/api/plugins/broken/health')).body);
  t.match(broken.lastCheck, { isOk: false, words: /^COMMAND_MISSING/ });
  t.match(await api.refused('POST', '/api/plugins/ecko/health'), { status: 404, code: 'PLUGIN_UNKNOWN' });
});
