import '../../../fixtures/plain-children.ts';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPlugin } from 'nexus-plugin-sdk/testing';
import t from 'tap';
import { makeFolder, makeInstallation } from '../../../fixtures/installation.ts';

const fixture = new URL('../../../fixtures/sdk-plugin/', import.meta.url);
const echo = fileURLToPath(new URL('../../../fixtures/echo-plugin/', import.meta.url));

const listener = createServer().listen(0, '127.0.0.1');
await once(listener, 'listening');
t.teardown(() => listener.close());
const address = listener.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

await t.test('what was not granted is refused, what was granted is not', async (t) => {
  await using plugin = await openPlugin(fixture);
  if (plugin.unsandboxed !== false) {
    t.equal(plugin.isolation.tier, 'process');
    await t.rejects(plugin.attempt.read('/'), { message: /^Nothing is refused here: / });
    t.pass('what a sandbox refuses', { skip: plugin.unsandboxed });
    return;
  }
  t.equal(plugin.isolation.tier, 'sandbox');
  const outside = join(makeFolder(t), 'file');
  writeFileSync(outside, '');
  const { attempt, workspace, dataFolder } = plugin;
  t.match(await attempt.read(outside), { allowed: false, reason: /\S/ });
  t.match(await attempt.write(outside), { allowed: false });
  t.match(await attempt.connect(`127.0.0.1:${port}`), { allowed: false });
  t.match(await attempt.exec('/bin/sh'), { allowed: false });
  t.same(await attempt.write(join(workspace, 'granted')), { allowed: true, reason: '' });
  t.same(await attempt.write(join(dataFolder, 'own')), { allowed: true, reason: '' });
  t.ok(existsSync(join(workspace, 'granted')));
});

await t.test('a manifest is taken as it is, relative paths and all', async (t) => {
  const root = makeInstallation(t);
  cpSync(fixture, join(root, 'plugins', 'sdk-plugin'), { recursive: true });
  mkdirSync(join(root, 'notes'));
  const settings = { LIMIT: { type: 'number', title: 'Limit' } };
  const permissions = { fs: { read: ['../notes'] }, net: [`127.0.0.1:${port}`], exec: true };
  const manifest = { source: { plugin: '../plugins/sdk-plugin' }, permissions, settings };
  const file = join(root, 'manifests', 'sdk-plugin.json');
  writeFileSync(file, JSON.stringify(manifest));
  const folder = join(root, 'plugins', 'sdk-plugin');
  await t.rejects(openPlugin(folder), { message: /does not declare these settings .*"GREETING".*"TOKEN"/s });

  for (const key of ['GREETING', 'TOKEN']) Object.assign(settings, { [key]: { type: 'string', title: key } });
  writeFileSync(file, JSON.stringify(manifest));
  await using plugin = await openPlugin(folder, { settings: { LIMIT: 4 } });
  t.equal((await plugin.call('health')).text, 'at 4');
  await t.rejects(plugin.set({ NOWHERE: 1 }), { message: /sets "NOWHERE", which "settings" .* not declare/ });
  await t.rejects(plugin.set({ LIMIT: 'x' }), { message: /sets "LIMIT", which must be a number/ });
  if (plugin.unsandboxed !== false) return;
  t.match(await plugin.attempt.read(join(root, 'notes')), { allowed: true });
  t.match(
    await plugin.attempt.write(join(plugin.workspace, 'x')),
    { allowed: false },
    'asked for, not granted',
  );
  t.match(await plugin.attempt.connect(`127.0.0.1:${port}`), { allowed: true });
  t.match(await plugin.attempt.connect(`127.0.0.2:${port}`), { allowed: false });
});

await t.test('without Nexus around it is a plain process, and says so', async (t) => {
  const folder = join(makeFolder(t), 'sdk-plugin');
  cpSync(fixture, folder, { recursive: true });
  symlinkSync(
    fileURLToPath(new URL('../../../../node_modules', import.meta.url)),
    join(folder, '..', 'node_modules'),
  );
  await using plugin = await openPlugin(folder, { settings: { GREETING: 'Hi' } });
  t.match(plugin.unsandboxed, /^no Nexus installation around this plugin; set NEXUS_HOME/);
  t.equal((await plugin.call('greet', { who: 'Ada' })).structured?.['text'], 'Hi Ada');
  t.same((await plugin.call('count')).structured, { calls: 1 });
  t.ok(existsSync(join(plugin.dataFolder, 'store.json')));
});

await t.test('any package can be tested, of the older era too', async (t) => {
  await using plugin = await openPlugin(echo);
  t.match(await plugin.call('echo', { text: 'hé' }), { text: 'hé', isError: false });
  await t.rejects(plugin.call('refuse'), { message: 'not today' });
  await t.rejects(plugin.call('crash'), { message: /does not answer: it ended .*about to crash/s });
});

await t.test('a line of the log that comes after the answer is waited for', async (t) => {
  await using plugin = await openPlugin(echo);
  const crash = plugin.call('crash');
  t.equal(await plugin.logged('about to'), 'about to crash');
  await t.rejects(crash);
});

await t.test('a plugin that does not start says why, and nothing is left', async (t) => {
  const root = makeInstallation(t);
  const folder = join(root, 'plugins', 'sdk-plugin');
  cpSync(fixture, folder, { recursive: true });
  writeFileSync(join(folder, 'src', 'main.ts'), 'this is no TypeScript');
  const { TMPDIR: usual = tmpdir() } = process.env;
  process.env['TMPDIR'] = makeFolder(t);
  await t.rejects(openPlugin(folder), { message: /did not start\. .*PLUGIN_INVALID: .*main\.ts:1/s });
  t.same(readdirSync(tmpdir()), []);
  process.env['TMPDIR'] = usual;
});
