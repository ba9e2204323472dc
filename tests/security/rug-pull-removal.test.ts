import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { consentStateSchema as consentSchema } from '../../runtime/contract/consent.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';

const home = await createKernelHome();
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const api = apiOf(kernel);
/** It is never run. */
const server = join(home.root, 'code', 'server.mjs');
mkdirSync(dirname(server));
writeFileSync(server, '');
const lock = (): unknown =>
  JSON.parse(readFileSync(join(home.manifests, 'nexus.lock.json'), 'utf8')) as unknown;

await t.test('a plugin that is removed instead of agreed to was never agreed to', async (t) => {
  const added = await api.send('POST', '/api/plugins', {
    name: 'unwanted',
    source: { command: 'node', args: [server] },
  });
  t.equal(added.status, 201);
  t.match(lock(), { version: 1, plugins: { unwanted: { state: 'waiting', origin: /^[0-9a-f]{64}$/ } } });
  t.equal((await api.send('DELETE', '/api/plugins/unwanted')).status, 200);
  t.equal((await api.send('GET', '/api/plugins/unwanted')).status, 404, 'it is no more at once');
  t.same(lock(), { version: 1, plugins: {} });
});

await t.test('a removal that was cut short is finished by doing it again', async (t) => {
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

await t.test('what a plugin left passes to the next one of its name only if a person agrees', async (t) => {
  const settings = { TOKEN: { type: 'string', title: 'Token', sensitive: true } };
  const heir = { name: 'heir', source: { command: 'node', args: [server] }, settings };
  const held = async () => {
    for (;;) {
      const consent = await api.get('/api/plugins/heir/consent', consentSchema);
      if (consent.held.length > 0) return consent.held.map(({ text }) => text);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  await api.send('POST', '/api/plugins', heir);
  t.match(await held(), [/nobody has agreed/]);
  await api.send('PUT', '/api/settings/plugin.heir.TOKEN', { value: 'marked-secret-4711' });
  t.match(await held(), [/nobody has agreed/], 'what is set now is its own');
  writeFileSync(join(home.data, 'plugins', 'heir', 'notes.txt'), '');
  rmSync(join(home.manifests, 'heir.json'));
  while ((await api.send('GET', '/api/plugins/heir')).status !== 404)
    await new Promise((resolve) => setTimeout(resolve, 25));
  await api.send('POST', '/api/plugins', heir);
  t.match(await held(), [
    /nobody has agreed/,
    `would be given what that one left: the setting TOKEN, the files in ${join(home.data, 'plugins', 'heir')}`,
  ]);
  await api.send('DELETE', '/api/plugins/heir?purge=true');
  await api.send('POST', '/api/plugins', heir);
  t.match(await held(), [/nobody has agreed/]);
});
