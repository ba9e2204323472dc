import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';

const server = fileURLToPath(new URL('../fixtures/telling-plugin/server.mjs', import.meta.url));

await t.test('a plugin that is removed instead of agreed to was never agreed to', async (t) => {
  await using home = await createKernelHome();
  await using kernel = await startKernel(home);
  const api = apiOf(kernel);
  const lock = (): unknown =>
    JSON.parse(readFileSync(join(home.manifests, 'nexus.lock.json'), 'utf8')) as unknown;
  const added = await api.send('POST', '/api/plugins', {
    name: 'unwanted',
    source: { command: 'node', args: [server] },
  });
  t.equal(added.status, 201);
  t.match(lock(), { version: 1, plugins: { unwanted: { state: 'waiting', origin: /^[0-9a-f]{64}$/ } } });
  t.equal((await api.send('DELETE', '/api/plugins/unwanted')).status, 200);
  t.equal((await api.send('GET', '/api/plugins/unwanted')).status, 404, 'it is no more at once');
  t.same(lock(), { version: 1, plugins: {} });

  await api.send('POST', '/api/plugins', { name: 'cut-short', source: { command: 'node', args: [server] } });
  rmSync(join(home.manifests, 'cut-short.json'));
  const file = join(home.manifests, 'nexus.lock.json');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, '{');
  t.match(await api.refused('DELETE', '/api/plugins/cut-short'), { code: 'LOCK_INVALID' });
  writeFileSync(file, whole);
  t.equal((await api.send('DELETE', '/api/plugins/cut-short')).status, 200, 'it is finished');
  t.same(lock(), { version: 1, plugins: {} });
  t.match(await api.refused('DELETE', '/api/plugins/cut-short'), { code: 'PLUGIN_UNKNOWN' });
});
