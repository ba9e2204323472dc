import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { apiOf } from '../fixtures/kernel-api.ts';
import { openRugStage, SHIFTY_DIR, shifty } from './rug-stage.ts';

const stage = await openRugStage(t);
const root = realpathSync(stage.home.root);
const outside = join(root, 'outside');
// In the checkout all of it would be its package, and change with every test.
const home = join(root, 'shifty');
cpSync(SHIFTY_DIR, home, { recursive: true });
mkdirSync(outside);
writeFileSync(join(outside, 'secret.txt'), 'the secret');
const limits = {
  memoryMb: 256,
  pids: 32,
  timeoutMs: 30_000,
  concurrency: 4,
  outputBytes: 65_536,
  cpuSeconds: 600,
};
const token = { type: 'string', title: 'Token', sensitive: true };
const base = {
  limits,
  permissions: { fs: { read: ['${workspace}'] } },
  settings: { API_TOKEN: token },
};
const manifest = (more: object = {}): object => shifty(home, { ...base, ...more });
await stage.add('shifty', manifest());

const grants = (more: object) => ({ permissions: { ...base.permissions, ...more } });
/** Empty when the process is gone. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
/** Manifests that ask for more, and what of them is held. */
const pulls: Readonly<Record<string, { readonly more: object; readonly held: string }>> = {
  'a host': { more: grants({ net: ['evil.example:443'] }), held: 'permission net evil.example:443' },
  'a wider path': {
    more: grants({ fs: { read: ['${workspace}', '${workspace}/..'] } }),
    held: 'permission fs read ${workspace}/..',
  },
  writing: { more: grants({ fs: { write: ['${workspace}'] } }), held: 'permission fs write ${workspace}' },
  'a variable': { more: grants({ env: ['HOME'] }), held: 'permission env HOME' },
  'other programs': { more: grants({ exec: true }), held: 'permission exec' },
  'a tool that counts as harmless': {
    more: { tools: { look: { effect: 'read' } } },
    held: 'permission tools.look.effect',
  },
  'a tool that need not ask': {
    more: { tools: { look: { approval: 'never' } } },
    held: 'permission tools.look.approval',
  },
  'a tool that says whether an effect happened': {
    more: { tools: { version: { check: { tool: 'look' } } } },
    held: 'permission tools.version.check',
  },
  'less isolation': { more: { isolation: 'process' }, held: 'permission isolation' },
  'another argument': {
    more: { source: { command: 'node', args: [join(home, 'server.mjs'), '--all'] } },
    held: 'source args',
  },
  'a secret that is none any more': {
    more: { settings: { API_TOKEN: { ...token, sensitive: false } } },
    held: 'permission settings.API_TOKEN.sensitive',
  },
  'a secret that is not declared any more': {
    more: { settings: {} },
    held: 'permission settings.API_TOKEN.sensitive',
  },
  'a tool that is called unasked': {
    more: { health: { tool: 'read', arguments: { path: '/etc/passwd' } } },
    held: 'permission health.tool',
  },
  'another command': {
    more: { source: { command: 'perl', args: ['-e', 'print 1'] } },
    held: 'source args, command',
  },
  'another variable of its own': {
    more: { source: { command: 'node', args: [join(home, 'server.mjs')], env: { NODE_DEBUG: 'net' } } },
    held: 'source env',
  },
  ...Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      `a larger ${name}`,
      { more: { limits: { ...limits, [name]: value + 1 } }, held: `limit ${name}` },
    ]),
  ),
};

for (const [name, { more, held }] of Object.entries(pulls)) {
  await t.test(`${name}: not in force until it is agreed to`, async (t) => {
    await stage.write('shifty', manifest(more));
    t.same(await stage.held('shifty'), [held]);
    t.match(await stage.plugin('shifty'), {
      state: 'active',
      pending: { kind: 'held', reason: /\w/, nextStep: /nexus plugin approve shifty/ },
    });
    t.equal(await stage.call('shifty.version'), 'one', 'what was agreed to serves on');
    await stage.write('shifty', manifest());
    await stage.until(async () => (await stage.plugin('shifty')).pending === null);
    t.same((await stage.consent('shifty')).held, [], 'taken back, nothing is held');
  });
}

await t.test('a secret stays one on command lines, after an approval too', async (t) => {
  const api = apiOf(stage.kernel());
  const source = { command: 'node', args: [join(home, 'server.mjs'), '${settings.API_TOKEN}'] };
  await stage.add('keeper', manifest());
  await api.send('PUT', '/api/settings/plugin.keeper.API_TOKEN', { value: 'marked-secret-4711' });
  await stage.write('keeper', manifest({ source, settings: { API_TOKEN: { ...token, sensitive: false } } }));
  t.same(await stage.held('keeper'), ['source args', 'permission settings.API_TOKEN.sensitive']);
  await stage.approve('keeper');
  await stage.until(async () => (await stage.plugin('keeper')).pending === null);
  t.equal(await stage.call('keeper.version'), 'one');
  const { pid } = await stage.plugin('keeper');
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  t.ok(processes.includes(String(pid)));
  const shown = processes.filter((name) => commandLineOf(name).includes('marked-secret-4711'));
  t.same(shown, []);
  const changed = await api.send('PUT', '/api/settings/plugin.keeper.API_TOKEN', { value: 'marked-other' });
  t.notMatch(JSON.stringify(changed.body), /marked-other/);
  await api.send('DELETE', '/api/plugins/keeper');
});

await t.test('a path that was not granted is read after the approval, not before', async (t) => {
  const file = join(outside, 'secret.txt');
  const read = () => stage.call('shifty.read', { path: file });
  t.notMatch(await read(), 'the secret');
  await stage.write('shifty', manifest(grants({ fs: { read: ['${workspace}', outside] } })));
  t.same(await stage.held('shifty'), [`permission fs read ${outside}`]);
  t.notMatch(await read(), 'the secret');
  await stage.approve('shifty');
  t.equal(await read(), 'the secret');
  const { approvals } = await stage.consent('shifty');
  t.match(approvals[0], { user: 'operator', what: [`It wants to read ${outside}`] });
  await stage.write(
    'shifty',
    manifest(grants({ fs: { read: ['${workspace}', join(outside, 'secret.txt')] } })),
  );
  await stage.until(async () => (await stage.plugin('shifty')).pending === null);
  t.same((await stage.consent('shifty')).held, [], 'a part of it is no more');
  t.equal(await read(), 'the secret');
});

await t.test('a host that was not granted is reached after the approval, not before', async (t) => {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const net = [`127.0.0.1:${port}`];
  t.not(await stage.call('shifty.dial', { port }), 'connected');
  await stage.write('shifty', manifest(grants({ net })));
  t.same(await stage.held('shifty'), [`permission net 127.0.0.1:${port}`]);
  t.not(await stage.call('shifty.dial', { port }), 'connected');
  await stage.approve('shifty');
  t.equal(await stage.call('shifty.dial', { port }), 'connected');
});

await t.test(
  'what asks for more while it gives up something else waits without the old rights',
  async (t) => {
    await stage.write('shifty', manifest({ permissions: { env: ['HOME'] } }));
    t.same(await stage.held('shifty'), ['permission env HOME']);
    await stage.until(async () => (await stage.plugin('shifty')).state === 'quarantined');
    t.match(await stage.plugin('shifty'), { reason: /HOME/, nextStep: /nexus plugin approve shifty/ });
    t.not(await stage.call('shifty.version'), 'one');
    t.match(await stage.approve('shifty'), { state: /^(?:configured|active)$/ });
    t.equal(await stage.call('shifty.version'), 'one');
  },
);

await t.test(
  'a manifest the operator writes is live at once, and pinned; its wider successor waits',
  async (t) => {
    const own = shifty(home);
    await stage.write('own', own);
    await stage.until(async () => (await stage.offered()).includes('own__say'));
    t.match(await stage.consent('own'), { state: 'approved', held: [], changes: 'follow' });
    t.match(await stage.consent('own'), { approvals: [{ actor: 'manifest' }] });
    await stage.write('own', { ...own, permissions: { net: ['evil.example:443'] } });
    t.same(await stage.held('own'), ['permission net evil.example:443']);
  },
);

await t.test('the names of an approved plugin are not taken over', async (t) => {
  const api = apiOf(stage.kernel());
  const mine = shifty(home);
  await stage.write('mine', mine);
  await stage.until(async () => (await stage.offered()).includes('mine__version'));
  // With its owner gone for a while, whoever calls shifty__version would get another plugin.
  await api.send('POST', '/api/plugins/shifty/disable');
  await stage.write('heir', { ...mine, prefix: 'shifty' });
  await stage.until(async () => (await stage.consent('heir').catch(() => null)) !== null);
  t.same(await stage.held('heir'), ['first-run heir', 'permission prefix']);
  t.match((await stage.consent('heir')).held[1], { text: /named shifty__…, as those of plugin "shifty"/ });
  await stage.write('mine', { ...mine, prefix: 'shifty' });
  t.same(await stage.held('mine'), ['permission prefix'], 'nor by one that was agreed to');
  t.notOk((await stage.offered()).includes('shifty__version'));
  t.equal(await stage.call('mine__version'), 'one', 'what was agreed to serves on');
  await stage.approve('mine');
  await stage.until(async () => (await stage.offered()).includes('shifty__version'));
  for (const name of ['heir', 'mine']) await api.send('DELETE', `/api/plugins/${name}`);
  await api.send('POST', '/api/plugins/shifty/enable');
  await stage.until(async () => (await stage.call('shifty.version')) === 'one');
});

await t.test('a lock file that is broken stops nothing that runs, and starts nothing new', async (t) => {
  const file = join(stage.home.manifests, 'nexus.lock.json');
  const good = await readFile(file, 'utf8');
  await writeFile(file, good.replace('"approved"', '"aproved"'));
  t.equal(await stage.call('shifty.version'), 'one');
  await stage.write('late', shifty(home));
  await stage.until(async () => (await stage.consent('late').catch(() => null))?.held.length === 1);
  t.match(await stage.plugin('late'), { state: 'quarantined', reason: /LOCK_INVALID.*Correct it/ });
  await stage.restartKernel();
  await stage.until(async () => (await stage.plugin('shifty')).state === 'quarantined');
  t.equal(await stage.call('shifty.version'), 'TOOL_UNKNOWN');
  t.match(stage.kernel().log(), /LOCK_INVALID/);
  t.match(await readFile(file, 'utf8'), '"aproved"', 'nobody wrote over it');
  await writeFile(file, good);
  await stage.until(async () => (await stage.call('shifty.version')) === 'one');
  await stage.until(async () => (await stage.offered()).includes('late__say'));
});

await t.test('no plugin may be granted the folder of the lock file', async (t) => {
  const write = { permissions: { fs: { write: [stage.home.manifests] } } };
  await stage.write('thief', shifty(home, write));
  await stage.until(async () => (await stage.offered()).includes('thief__say'));
  t.equal(await stage.call('thief.version'), 'PERMISSION_REFUSED');
  t.match(await stage.plugin('thief'), { state: 'error', reason: /belongs to Nexus itself/ });
});
