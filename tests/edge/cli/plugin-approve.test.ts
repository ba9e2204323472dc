import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { homedir } from 'node:os';
import t from 'tap';
import { z } from 'zod';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { bundleManifest, writeBundle } from '../../fixtures/zip-file.ts';
import { copyEchoPlugin, runNexus, runNexusOnTerminal, talkToNexus } from '../../fixtures/nexus-command.ts';

t.setTimeout(120_000);
const home = await createKernelHome({});
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const nexus = (...args: readonly string[]) => runNexus([...args, '--data', home.data], { cwd: home.root });
const api = apiOf(kernel);
const data = ['--data', home.data];
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
const file = join(home.root, '.mcp.json');
const server = join(await copyEchoPlugin(home.root), 'server.mjs');

await t.test('a plugin that lacks a setting is not said to have nothing to agree to', async (t) => {
  const env = { WHERE: '${WHERE}' };
  await writeFile(
    file,
    JSON.stringify({ mcpServers: { lacking: { command: 'node', args: [server], env } } }),
  );
  const added = await nexus('plugin', 'add', file);
  t.equal(added.code, 0, added.stderr);
  const lacks =
    /needs the setting "WHERE" \(.*\)\. Set it with "nexus settings set plugin\.lacking\.WHERE"\./;
  const told = await nexus('plugin', 'approve', 'lacking', '--yes');
  t.match(told, {
    code: 1,
    stdout: lacks,
    stderr: /^Nothing was agreed to\. .* nexus plugin approve lacking$/m,
  });
  const waiting = inOneLine((await nexus('plugin', 'held')).stdout);
  t.match(waiting, /^lacking \(risk 1 of 6\) • .*needs the setting "WHERE".* → nexus plugin approve lacking/);
  t.match(told.stdout, /Network +none[^]*Risk 1 of 6/, 'what it would do is known before');
  t.match((await nexus('plugins')).stdout, lacks, 'the list says it as well');
  t.equal((await nexus('settings', 'set', 'plugin.lacking.WHERE', 'here')).code, 0);
});

await t.test('what was agreed to and does not start is not said to be in force', async (t) => {
  await writeFile(file, JSON.stringify({ mcpServers: { notes: { command: 'node', args: [server] } } }));
  t.equal((await nexus('plugin', 'add', file)).code, 0);
  t.match((await nexus('plugins')).stdout, /agreed to run it yet\. See what it is and agree to it with/);
  t.match(await nexus('plugin', 'approve', 'notes', '--yes'), {
    code: 0,
    stdout: /^notes is active, \d+ tools$/m,
  });
  const missing = join(home.root, 'later');
  const more = ['--allow-write', missing, '--update'];
  t.equal((await nexus('plugin', 'add', file, ...more)).code, 0);
  const approved = await nexus('plugin', 'approve', 'notes', '--yes');
  t.match(
    approved.stdout.replaceAll(/\s+/g, ' '),
    /not in force, what was before serves on: PERMISSION_REFUSED: /,
  );
  t.equal(approved.code, 1);
});

await t.test('a change that is being tried is waited for before anything is said of it', async (t) => {
  const gates = await mkdtemp(join(home.root, 'gates-'));
  const gate = join(gates, 'open');
  const program = join(gates, '..', 'echo-plugin', 'gated.mjs');
  await writeFile(
    program,
    `import { existsSync } from 'node:fs';
    while (!existsSync(${JSON.stringify(gate)})) await new Promise((done) => setTimeout(done, 20));
    await import('./server.mjs');`,
  );
  await writeFile(gate, '');
  const write = (A: string) =>
    writeFile(
      file,
      JSON.stringify({ mcpServers: { gated: { command: 'node', args: [program], env: { A } } } }),
    );
  await write('1');
  t.equal((await nexus('plugin', 'add', file, '--allow-read', gates)).code, 0);
  t.match(await nexus('plugin', 'approve', 'gated', '--changes', 'follow', '--yes'), { code: 0 });
  await rm(gate);
  await write('2');
  const added = await nexus('plugin', 'add', file, '--allow-read', gates, '--update');
  t.equal(added.code, 0, added.stderr);
  const approving = talkToNexus(['plugin', 'approve', 'gated', '--yes', ...data]);
  const holding = talkToNexus(['plugin', 'held', ...data]);
  const words = /gated: a change is being tried; .*Waiting for it/;
  await Promise.all([approving.sees(words), holding.sees(words)]);
  await writeFile(gate, '');
  t.equal(await approving.closed, 1, 'nothing of it is held');
  t.equal(await holding.closed, 0);
  t.match(await api.send('GET', '/api/plugins/gated'), { body: { status: { pending: null } } });
});

const permissions = { net: ['api.example.org:443'], exec: true };
const add = (name: string) =>
  api.send('POST', '/api/plugins', { name, source: { command: 'node', args: [server] }, permissions });

await t.test('on a terminal it shows what the plugin may do and asks; no is no', async (t) => {
  await add('asked');
  const no = await runNexusOnTerminal(['plugin', 'approve', 'asked', ...data], { input: 'n\n' });
  t.equal(no.code, 1);
  const screen = stripVTControlCharacters(no.stdout).replaceAll(/\s+/g, ' ');
  t.match(screen, /asked runs node .*server\.mjs/);
  t.match(screen, 'Network api.example.org:443');
  t.match(screen, /Risk 3 of 6 \+1 It runs code on this machine/);
  t.match(screen, '+1 It may start other programs');
  t.match(screen, 'It was imported, and nobody has agreed to run it yet');
  t.match(screen, 'Agree to this? [y/N]');
  t.match(await api.refused('POST', '/api/call', { tool: 'asked.echo', arguments: { text: '' } }), {
    status: 404,
  });

  const yes = await runNexusOnTerminal(['plugin', 'approve', 'asked', ...data], { input: 'y\n' });
  t.match(yes, { code: 0, stdout: /asked is (?:active|configured), 8 tools/ });
  t.match(await api.send('POST', '/api/call', { tool: 'asked.echo', arguments: { text: '' } }), {
    status: 200,
  });
});

await t.test(
  'of a bundle it shows the command, and what it may read by the settings it brings',
  async (t) => {
    const bundle = join(home.root, 'snoop.mcpb');
    const dir = { type: 'directory', title: 'Folder', description: 'Which', default: '${HOME}' };
    const command = { command: 'node', args: ['${__dirname}/server/index.js', '${user_config.dir}'] };
    const changes = {
      name: 'snoop',
      user_config: { dir },
      server: { type: 'node', entry_point: 'server/index.js', mcp_config: command },
    };
    writeBundle(bundle, bundleManifest(changes), [{ name: 'server/index.js' }]);
    const opened = `reading: \${settings.dir} (now ${homedir()})`;
    t.match(inOneLine((await nexus('plugin', 'add', bundle, '--dry-run')).stdout), opened);
    t.equal((await nexus('plugin', 'add', bundle)).code, 0);
    const shown = inOneLine((await nexus('plugin', 'approve', 'snoop')).stdout);
    t.match(shown, /snoop runs node \/\S+\/server\/index\.js (\S+) \(from \S+\)/);
    t.match(shown, `/server/index.js ${homedir()} (from`);
    t.match(shown, `What it may do Files its own code (reading) and its own data folder; ${opened}`);
    t.match(shown, `It reaches files beyond its own: \${settings.dir} (now ${homedir()})`);
    t.match(shown, '+1 It is given what may be secret: your whole home folder');
    t.match(inOneLine((await nexus('plugin', 'health', 'snoop')).stdout), opened);
    t.equal((await nexus('settings', 'set', 'plugin.snoop.dir', home.workspace)).code, 0);
    t.match(inOneLine((await nexus('plugin', 'approve', 'snoop')).stdout), `(now ${home.workspace})`);
  },
);

await t.test(
  'an approved update of a bundle clears the one before, when its last call has ended',
  async (t) => {
    const bundle = join(home.root, 'carried.mcpb');
    const code = readFileSync(server, 'utf8');
    const mcp_config = { command: 'node', args: ['${__dirname}/server/index.mjs'] };
    const entry = { type: 'node', entry_point: 'server/index.mjs', mcp_config };
    const bring = async (program: string, ...words: readonly string[]): Promise<string> => {
      const before = await readdir(join(home.data, 'bundles')).catch((): string[] => []);
      writeBundle(bundle, bundleManifest({ name: 'carried', server: entry }), [
        { name: 'server/index.mjs', data: program },
      ]);
      t.match(await nexus('plugin', 'add', bundle, ...words), { code: 0 });
      const added = (await readdir(join(home.data, 'bundles'))).find(
        (name) => /^[a-f0-9]{64}$/.test(name) && !before.includes(name),
      );
      t.match(await nexus('plugin', 'approve', 'carried', '--yes'), { code: 0 });
      return join(home.data, 'bundles', String(added));
    };
    const first = await bring(code);
    const caller = new AbortController();
    const running = fetch(`${kernel.url}/api/call`, {
      method: 'POST',
      headers: { authorization: `Bearer ${kernel.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool: 'carried.wait', arguments: {} }),
      signal: caller.signal,
    }).catch(() => undefined);
    const state = async () => JSON.stringify((await api.send('GET', '/api/runs?limit=1')).body);
    while (!(await state()).includes('"RUNNING"')) await new Promise((done) => setTimeout(done, 20));
    const second = await bring(`${code}\n// 2`, '--update');
    t.match(await api.send('POST', '/api/call', { tool: 'carried.echo', arguments: { text: '' } }), {
      status: 200,
    });
    t.ok(existsSync(first), 'a call runs it still');
    caller.abort();
    await running;
    while (existsSync(first)) await new Promise((done) => setTimeout(done, 20));
    t.notOk(existsSync(`${first}.mcpb`));
    t.ok(existsSync(second) && existsSync(`${second}.mcpb`));
  },
);

await t.test('without a terminal it shows the same and wants --yes', async (t) => {
  await add('scripted');
  const shown = await runNexus(['plugin', 'approve', 'scripted', ...data]);
  t.match(shown, { code: 2, stdout: /nobody has agreed to run it yet/, stderr: /add --yes/ });
  const onTerminal = await runNexusOnTerminal(['plugin', 'approve', 'scripted', '--json', ...data], {
    input: 'y\n',
  });
  t.match(onTerminal, { code: 2, stdout: /"kind": "first-run"/ }, 'what was not shown is not agreed to');
  const heldSchema = z.array(z.looseObject({ plugin: z.string(), held: z.array(z.looseObject({})) }));
  const listed = await runNexus(['plugin', 'held', '--json', ...data]);
  t.match(
    heldSchema.parse(JSON.parse(listed.stdout)).find(({ plugin }) => plugin === 'scripted'),
    { state: 'waiting', held: [{ kind: 'first-run', after: /command: node/ }], risk: { score: 3 } },
  );
  const agreed = await runNexus(['plugin', 'approve', 'scripted', '--yes', '--json', ...data]);
  t.equal(agreed.code, 0);
  t.match(JSON.parse(agreed.stdout), { name: 'scripted', tools: 8, heldTools: [] });
  const { stdout } = await runNexus(['plugin', 'held', ...data]);
  t.match(stdout, /^snoop \(risk 2 of 6\)\n {2}• It was imported, [^]* → nexus plugin approve snoop$/m);
  t.notMatch(stdout, 'scripted');
  t.match(await runNexus(['plugin', 'approve', 'scripted', '--yes', ...data]), {
    code: 1,
    stderr: /^PLUGIN_NOT_HELD/,
  });
});

await t.test('what may change without asking is said once', async (t) => {
  t.match(await runNexus(['plugin', 'approve', 'scripted', '--changes', 'follow', '--yes', ...data]), {
    code: 0,
  });
  t.match((await api.send('GET', '/api/plugins/scripted/consent')).body, { changes: 'follow' });
  t.match(await runNexus(['plugin', 'approve', 'scripted', '--changes', 'never', ...data]), {
    code: 2,
    stderr: /ask, follow/,
  });
  t.match(await api.refused('POST', '/api/plugins/scripted/approve', { change: 'ask' }), {
    code: 'REQUEST_INVALID',
  });
});
