import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openHost, textOf, type ManifestDraft } from '../fixtures/host-stage.ts';
import { journalOf } from '../fixtures/journal.ts';

/** A legacy server in a few words: `answers` maps a method to the text of its result or error, as JavaScript. */
function smallServer(answers: Readonly<Record<string, string>>): ManifestDraft {
  const cases = Object.entries(answers).map(
    ([method, answer]) => `${JSON.stringify(method)}: () => (${answer})`,
  );
  const code = `
    const answers = { ${cases.join(', ')} };
    const write = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
    let count = 0;
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method } = JSON.parse(line);
      const answer = answers[method];
      if (id === undefined) return;
      write({ id, ...(answer?.() ?? { error: { code: -32601, message: 'no ' + method } }) });
    });`;
  return { source: { command: 'node', args: ['-e', code] } };
}

const initialize = `{ result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's' } } }`;

await t.test('a server that ends itself at the era probe is started again without it', async (t) => {
  const first = await openHost(t, { p: { env: { ERA: 'touchy' } } });
  t.equal(first.starts('p').length, 2);
  t.match(first.status('p'), { state: 'active', era: 'legacy', restarts: 0 });
  const methods = (await journalOf(first, 'p')).map(({ method }) => method);
  t.same(methods.slice(0, 2), ['initialize', 'notifications/initialized']);
  await first.close();

  const second = await openHost(t, { p: { env: { ERA: 'touchy' } } }, { root: first.root });
  t.equal(textOf(await second.call('p', 'echo')), '{}');
  t.equal(second.starts('p').length, 3, 'the verdict is remembered: one start is enough');
});

await t.test('a server that discovers other versions only is spoken to as a legacy one', async (t) => {
  const stage = await openHost(t, { p: { env: { ERA: 'other' } } });
  t.match(stage.status('p'), { state: 'active', era: 'legacy' });
  t.equal(stage.starts('p').length, 1);
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});

await t.test(
  'a server that refuses the handshake or its listing: its words, what to do, and no process left',
  async (t) => {
    const stage = await openHost(t, {
      handshake: smallServer({ initialize: `{ error: { code: -32602, message: 'Unsupported version' } }` }),
      listing: smallServer({
        initialize,
        'tools/list': `{ error: { code: -32603, message: 'no database' } }`,
      }),
    });
    t.match(stage.status('handshake'), {
      state: 'error',
      reason:
        /^PLUGIN_START_FAILED: Plugin "handshake" did not start: Unsupported version\. See "nexus plugin logs handshake"\.$/,
      pid: null,
    });
    t.match(stage.status('listing'), { state: 'error', reason: /did not start: no database/, pid: null });
  },
);

await t.test('a listing over the output limit is an error that names the limit', async (t) => {
  const tools = `{ result: { tools: [{ name: 'a', description: 'x'.repeat(5000), inputSchema: { type: 'object' } }] } }`;
  const stage = await openHost(t, {
    p: { ...smallServer({ initialize, 'tools/list': tools }), limits: { outputBytes: 4_096 } },
  });
  t.match(stage.status('p'), { state: 'error', reason: /^OUTPUT_TOO_LARGE.*more than 4096 bytes/ });
});

await t.test(
  'a server whose tools change whenever they are listed is taken as it is after a while',
  async (t) => {
    const tools = `(write({ method: 'notifications/tools/list_changed' }), { result: { tools: [{ name: 't' + count++, inputSchema: {} }] } })`;
    const stage = await openHost(t, { p: smallServer({ initialize, 'tools/list': tools }) });
    t.equal(stage.status('p').state, 'active');
    t.equal(stage.host.view('p')?.listing?.tools.length, 1);
  },
);

await t.test('a program that cannot be executed is an error of the launch', async (t) => {
  const stage = await openHost(t, { p: { source: { command: '/etc/hostname' } } });
  t.match(stage.status('p'), { state: 'error', pid: null, reason: /^(?:COMMAND_|SANDBOX_|PLUGIN_)/ });
});

await t.test('the second try runs nothing that was not looked at after the first', async (t) => {
  // Not in this checkout, whose node_modules would belong to it.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-second-')));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'node_modules', 'server');
  const open = join(root, 'open');
  for (const folder of [dir, open]) mkdirSync(folder, { recursive: true });
  const ran = join(open, 'ran');
  const evil = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, '')`;
  // It ends itself at the probe, and a module of it that it may write is another one by then.
  const first = `require('node:fs').writeFileSync(__filename, ${JSON.stringify(evil)}); process.exit(1)`;
  writeFileSync(join(open, 'module.js'), first);
  symlinkSync('../../open/module.js', join(dir, 'module.js'));
  writeFileSync(join(dir, 'index.js'), "require('./module.js')");
  writeFileSync(join(dir, 'package.json'), '{}');
  const source = { command: 'node', args: [join(dir, 'index.js')] };
  const permissions = { fs: { write: [open] } };
  const stage = await openHost(t, { p: { source, permissions } }, { root });
  t.match(stage.status('p'), { state: 'quarantined', reason: /code is not the code/, pid: null });
  t.notOk(existsSync(ran), 'what the first try left behind was not run');
});
