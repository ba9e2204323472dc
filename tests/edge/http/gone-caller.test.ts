import { request } from 'node:http';
import t from 'tap';
import { z } from 'zod';
import { runSchema } from '../../../runtime/contract/api.ts';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { echoManifest } from '../../fixtures/nexus-command.ts';

const home = await createKernelHome({ echo: echoManifest });
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const api = apiOf(kernel);
const stateOfWait = async () => (await api.get('/api/runs?tool=wait', z.array(runSchema)))[0]?.state;

await t.test('a caller that goes away cancels its run', async (t) => {
  const body = JSON.stringify({ tool: 'echo.wait', arguments: {} });
  const headers = {
    authorization: `Bearer ${kernel.token}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const sent = request(`${kernel.url}/api/call`, { method: 'POST', headers });
  sent.on('error', () => {});
  sent.end(body);
  await until(async () => (await stateOfWait()) === 'RUNNING');
  sent.destroy();
  await until(async () => (await stateOfWait()) === 'UNKNOWN');
  t.equal(await stateOfWait(), 'UNKNOWN');
});

/** Looks until it is so; the test's own deadline ends a wait that is in vain. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
