import t from 'tap';
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

await t.test('metrics in Prometheus text', async (t) => {
  await apiOf(kernel).send('POST', '/api/call', { tool: 'echo.echo', arguments: { text: 'x' } });
  const headers = { authorization: `Bearer ${kernel.token}` };
  const response = await fetch(`${kernel.url}/metrics`, { headers });
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const metrics = await response.text();
  t.match(metrics, /^nexus_plugin_calls_total\{plugin="echo"\} 1$/m);
  t.match(metrics, /^nexus_plugins\{state="error"\} 1$/m);
  t.match(metrics, /^process_resident_memory_bytes \d+$/m);
});
