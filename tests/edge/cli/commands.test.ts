import { copyFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import {
  doctorSchema,
  pluginDetailSchema,
  pluginSchema,
  runSchema,
  toolSchema,
} from '../../../runtime/contract/api.ts';
import { logEntrySchema } from '../../../runtime/contract/logs.ts';
import { verificationSchema } from '../../../runtime/contract/timeline.ts';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { copyEchoPlugin, echoManifest, runNexus, runNexusOnTerminal } from '../../fixtures/nexus-command.ts';

const home = await createKernelHome({
  echo: { ...echoManifest, tools: { echo: { effect: 'read' } } },
  broken: { source: { command: 'no-such-program' } },
});
const echoFolder = await copyEchoPlugin(home.root);
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const data = ['--data', home.data];
const nexus = (args: readonly string[], input?: string) =>
  runNexus([...args, ...data], { cwd: home.root, ...(input === undefined ? {} : { input }) });
const json = async <T extends z.ZodType>(args: readonly string[], schema: T): Promise<z.infer<T>> => {
  const { stdout, stderr } = await nexus([...args, '--json']);
  if (stdout === '') throw new Error(stderr);
  return schema.parse(JSON.parse(stdout));
};
const noColour = { ...process.env, NO_COLOR: '1' };

await t.test('verify counts what holds', async (t) => {
  const stdoutOf = async () => (await nexus(['verify'])).stdout;
  t.match(await stdoutOf(), '0 entries hold; 0 were compared with their records.\n');
  await nexus(['call', 'echo.echo', '{"text":"x"}']);
  // The timeline is written a moment after what happens.
  let stdout = await stdoutOf();
  while (stdout.startsWith('0 ')) stdout = await stdoutOf();
  t.match(stdout, '1 entry holds; 1 was compared with its record.\n');
});

await t.test('an older copy of the database is accepted by whoever may, and that is on record', async (t) => {
  await using own = await createKernelHome();
  const file = join(own.data, 'tenants', 'default', 'nexus.db');
  const verify = (...args: readonly string[]) => runNexus(['verify', ...args, '--data', own.data]);
  const live = async (count: number): Promise<void> => {
    await using running = await startKernel(own);
    const { send } = apiOf(running);
    for (let n = 0; n < count; n += 1) await send('POST', '/api/signals', { name: 'a.b' });
    t.match(await verify('--accept'), { code: 0 }, 'there is nothing to accept');
  };
  await live(1);
  copyFileSync(file, `${file}.old`);
  await live(2);
  copyFileSync(`${file}.old`, file);
  await using running = await startKernel(own);
  const { send, get } = apiOf(running);
  const told = await verify();
  t.match(told, { code: 1, stdout: /entries 2 to 3 are missing at its end[^]*nexus verify --accept/ });
  const { head, acceptable } = await get('/api/timeline/verify', verificationSchema);
  const made = await send('POST', '/api/tokens', { name: 'r', scopes: ['read', 'chat', 'tools'] });
  const { token } = z.object({ token: z.string() }).parse(made.body);
  const accepted = { lost: acceptable?.hash, head };
  const refused = await apiOf({ url: running.url, token }).refused('POST', '/api/timeline/accept', accepted);
  t.equal(refused.code, 'SCOPE_MISSING');
  t.match(await verify('--accept'), { code: 2, stderr: /--yes/ }, 'somebody has to say so');
  t.match(await verify('--accept', '--yes'), { code: 0, stdout: /Expected: entry 3[^]*1 entry holds/ });
  t.match(await verify(), { code: 0, stdout: /2 entries hold/ });
  const audit = await runNexus(['settings', 'audit', '--data', own.data]);
  t.match(audit.stdout, new RegExp(`timeline\\.head +3 ${acceptable?.hash} +1 ${head}`));
});

await t.test('call prints the text of the result', async (t) => {
  t.same(await nexus(['call', 'echo.echo', '{"text":"hé\\nthere"}']), {
    code: 0,
    stdout: 'hé\nthere\n',
    stderr: '',
  });
  t.match(await nexus(['call', 'echo__echo', '-'], '{"text":"from stdin"}'), {
    code: 0,
    stdout: 'from stdin\n',
  });
  const whole = z.looseObject({ run: z.string(), content: z.array(z.unknown()) });
  const { run, content } = await json(['call', 'echo.echo', '{"text":"x"}'], whole);
  t.same(content, [{ type: 'text', text: 'x' }]);
  t.match((await json(['runs'], z.array(runSchema)))[0], { id: run, source: 'cli', client: 'nexus' });
});

await t.test(
  'call shows other content in words; a terminal gets no escape sequences of a plugin',
  async (t) => {
    const plain = await nexus(['call', 'echo.mixed']);
    t.equal(
      plain.stdout,
      'plain \u001b[31mred\u001b[0m\n[image: image/png, 3 bytes]\n[resource_link: file:///a.txt]\nembedded\n',
    );
    const shown = await runNexusOnTerminal(['call', 'echo.mixed', ...data]);
    t.match(shown.stdout, /^plain red\n/);
    const turned = ['call', 'echo.echo', '{"text":"file\u202Egpj.exe\u200B"}', ...data];
    t.match((await runNexusOnTerminal(turned)).stdout, 'file\\u202egpj.exe\\u200b');
    t.match((await runNexusOnTerminal([...turned, '--json'])).stdout, 'file\\u202egpj.exe\\u200b');
  },
);

await t.test('call fails when the tool does, and says why', async (t) => {
  t.same(await nexus(['call', 'echo.fail']), { code: 1, stdout: '', stderr: 'it went wrong\n' });
  const failed = await nexus(['call', 'echo.fail', '--json']);
  t.equal(failed.code, 1);
  t.match(JSON.parse(failed.stdout), { isError: true });
  t.match(await nexus(['call', 'echo.refuse']), { code: 1, stderr: /^CALL_REFUSED: .*not today/ });
  t.match(await nexus(['call', 'echo.ecko']), { code: 1, stderr: /^TOOL_UNKNOWN: .*"echo\.echo"/ });
  t.match(await nexus(['call', 'echo.echo', '{']), { code: 2, stderr: /^USAGE: The arguments are not JSON/ });
  t.match(await nexus(['call', 'echo.echo', '[]']), { code: 2, stderr: /not a JSON object/ });
});

await t.test('plugins', async (t) => {
  const listed = await json(['plugins'], z.array(pluginSchema));
  t.match(listed, [
    { name: 'broken', state: 'error' },
    { name: 'echo', tools: 8 },
  ]);
  const { stdout } = await nexus(['plugins']);
  t.match(stdout, /^NAME +STATE +ISOLATION +TOOLS +CALLS +ERRORS +MEMORY +SOURCE\n/);
  t.match(stdout, /^broken +error +- +0 +0 +0 +- +no-such-program$/m);
  t.match(stdout, /^broken: COMMAND_MISSING: /m);
});

await t.test('tools', async (t) => {
  const listed = await json(['tools'], z.array(toolSchema));
  t.equal(listed.length, 8);
  t.match((await nexus(['tools'])).stdout, /^echo\.echo +read +Says the text back$/m);
});

await t.test('runs, filtered', async (t) => {
  const failed = await json(
    ['runs', '--state', 'failed', '--tool', 'echo.fail', '--limit', '1'],
    z.array(runSchema),
  );
  t.match(failed, [{ tool: 'fail', state: 'FAILED' }]);
  t.same(await json(['runs', '--plugin', 'broken'], z.array(runSchema)), []);
  t.equal((await nexus(['runs', '--plugin', 'broken'])).stdout, 'No runs.\n');
  const { stdout } = await nexus(['runs', '--tool', 'fail']);
  t.match(stdout, /^WHEN +TOOL +STATE +TIME +ERROR\n[\d:]+ +echo\.fail +FAILED +\d+ ms +it went wrong\n/);
});

await t.test('tables fit a terminal of 80 columns', async (t) => {
  const long = { text: 'x' };
  await nexus(['call', 'echo.echo', JSON.stringify(long)]);
  await nexus(['call', 'echo.refuse']);
  for (const command of ['runs', 'tools', 'plugins']) {
    const { stdout } = await runNexusOnTerminal([command, ...data], { env: noColour });
    const table = stdout.split('\n\n')[0]?.split('\n') ?? [];
    t.ok(table.length > 1);
    t.same(
      table.filter((line) => line.length > 80),
      [],
      command,
    );
  }
});

await t.test('the trash is emptied', async (t) => {
  t.match(await nexus(['purge']), { code: 0, stdout: 'The trash is empty.\n' });
  for (const wrong of [
    ['--chunk', 'abc'],
    ['--chunk', '0'],
    ['--older-than-days', '-1'],
  ])
    t.match(await nexus(['purge', ...wrong]), { code: 2, stderr: /USAGE: --(?:chunk|older-than-days) is "/ });
});

await t.test('health of a plugin; in error it is a failure', async (t) => {
  const detail = await json(['plugin', 'health', 'echo'], pluginDetailSchema);
  t.equal(detail.status.name, 'echo');
  const well = await nexus(['plugin', 'health', 'echo']);
  t.equal(well.code, 0);
  t.match(well.stdout, /^echo is active\n/);
  t.match(well.stdout, /^  Network +none$/m);
  t.match(well.stdout, /^  Process +\d+, runs for .*; 0 restarts$/m);
  t.match(well.stdout, /^  Calls +\d+, 0 in flight; \d+ failed, \d+ spoiled by callers$/m);
  t.match(well.stdout, /^  Call time +p50 [\d.]+ ms, p95 [\d.]+ ms$/m);
  t.match(well.stdout, /^  Uses +\d+ MB \((?:pss|rss)\) in 1 process; [\d.]+ % of a processor, .* in all$/m);
  t.match(well.stdout, /^Last errors\n  [\d:]+ +fail: it went wrong$/m);
  const checked = await nexus(['plugin', 'health', 'echo', '--check']);
  t.match(checked, {
    code: 0,
    stdout: /^  Last check +well, [\d.]+ ms \((?:ping|server\/discover), [\d:]+\)$/m,
  });
  t.match(await nexus(['plugin', 'health', 'broken', '--check']), {
    code: 1,
    stdout: /^  Last check +failed \(start, [\d:]+\): COMMAND_MISSING/m,
  });
  t.match(well.stdout, /^  Programs +may not start any other$/m);
  const ill = await nexus(['plugin', 'health', 'broken']);
  t.equal(ill.code, 1);
  t.match(ill.stdout, /^broken is in error: COMMAND_MISSING/);
  t.match(await nexus(['plugin', 'health', 'ecko']), { code: 1, stderr: /^PLUGIN_UNKNOWN: .*"echo"/ });
});

await t.test('logs, restart, disable, enable, approve', async (t) => {
  t.match((await nexus(['plugin', 'logs', 'echo'])).stdout, /^echo-plugin started$/m);
  t.match(await nexus(['plugin', 'restart', 'echo']), { code: 0, stdout: /^echo is / });
  t.match(await nexus(['plugin', 'disable', 'echo']), { code: 0, stdout: 'echo is disabled\n' });
  t.match(await readFile(join(home.manifests, 'echo.json'), 'utf8'), /"enabled": false/);
  t.match(await nexus(['call', 'echo.echo', '{"text":""}']), { code: 1, stderr: /disabled/ });
  t.match(await nexus(['plugin', 'enable', 'echo']), { code: 0 });
  t.match(await nexus(['call', 'echo.echo', '{"text":"back"}']), { code: 0, stdout: 'back\n' });
  t.match(await nexus(['plugin', 'approve', 'echo']), { code: 1, stderr: /^PLUGIN_NOT_HELD/ });
});

const addMine = (...args: readonly string[]) =>
  runNexus(['plugin', 'add', 'mine', ...data, ...args], { cwd: echoFolder });

await t.test('plugin add NAME -- COMMAND, with paths from where the person is', async (t) => {
  const server = join(echoFolder, 'server.mjs');
  const planned = await addMine('--dry-run', '--', 'node', './server.mjs');
  t.match(planned, { code: 0, stdout: /^mine is new$/m });
  await t.rejects(readFile(join(home.manifests, 'mine.json')), { code: 'ENOENT' });
  const added = await addMine('--', 'node', './server.mjs');
  t.equal(added.code, 0, added.stderr);
  t.match(added.stdout, `Wrote ${join(home.manifests, 'mine.json')}\n`);
  t.match(added.stdout, /^  Files +its own code \(reading\) and its own data folder$/m);
  t.match(added.stdout, /^→ Let it run: nexus plugin approve mine$/m);
  t.same(JSON.parse(await readFile(join(home.manifests, 'mine.json'), 'utf8')), {
    source: { command: 'node', args: [server] },
  });
  t.match(await addMine('--', 'node', './server.mjs'), { code: 0, stdout: /it is the same$/m });
  t.match(await addMine('--', 'node', 'x'), {
    code: 1,
    stderr: /^PLUGIN_DIFFERS: .*source\.args was.*--update/m,
  });
  t.match(await addMine('--', 'no-such-program'), { code: 1, stdout: /cannot run here.*no-such-program/s });
});

await t.test('plugin add DIR says what the package asks for and grants nothing', async (t) => {
  const added = await nexus(['plugin', 'add', echoFolder]);
  t.equal(added.code, 0, added.stderr);
  t.match(added.stdout, /^  May need +.*Grant it with --allow-net echo\.example:443$/m);
  t.match(added.stdout, /^  Network +none$/m);
});

await t.test('plugin add NAME --url, with progress on stderr', async (t) => {
  const added = await nexus(['plugin', 'add', 'far', '--url', 'http://127.0.0.1:9/mcp', '--json']);
  t.match(JSON.parse(added.stdout), {
    plugins: [{ name: 'far', outcome: 'added', manifest: { source: { url: 'http://127.0.0.1:9/mcp' } } }],
  });
  t.match(added, { code: 0, stderr: /^Writing the manifest of far$/m });
});

await t.test('plugin remove and install-deps', async (t) => {
  t.match(await nexus(['plugin', 'install-deps', 'far']), {
    code: 0,
    stdout: 'No package of far is missing\n',
  });
  t.match(await nexus(['plugin', 'remove', 'far']), { code: 0, stdout: /^Removed .*far\.json$/m });
  t.match(await nexus(['plugin', 'remove', 'far']), { code: 1, stderr: /^PLUGIN_UNKNOWN/ });
  t.match(await nexus(['plugin', 'install-deps', 'far']), { code: 1, stderr: /^PLUGIN_UNKNOWN/m });
  const listed = await json(['plugins'], z.array(pluginSchema));
  t.notOk(listed.some(({ name }) => name === 'far'));
});

await t.test('doctor', async (t) => {
  const { code, stdout } = await nexus(['doctor']);
  t.equal(code, 0);
  t.match(stdout, new RegExp(`^  Kernel +runs at ${kernel.url} \\(process ${kernel.pid}\\)$`, 'm'));
  t.match(stdout, /^  broken +error: COMMAND_MISSING/m);
  t.notMatch(stdout, /[a-z](?:works|no: )/, 'every column is apart from the next');
});

await t.test('doctor without a kernel probes the machine and leaves no trace', async (t) => {
  const dir = join(t.testdir({}), 'data');
  const { code, stdout } = await runNexus(['doctor', '--data', dir, '--json']);
  t.equal(code, 0);
  const report: unknown = JSON.parse(stdout);
  t.match(report, { running: false, url: null, node: process.version, paths: { data: dir } });
  const { tier, mechanism } = await json(['doctor'], doctorSchema);
  t.match(report, { tier, mechanism }, 'the same as the kernel found');
  await t.rejects(readFile(dir), { code: 'ENOENT' });
});

await t.test('the log, and a link to the console', async (t) => {
  const entries = await json(['logs', '--plugin', 'echo', '--search', 'STARTED'], z.array(logEntrySchema));
  t.match(entries.at(-1), {
    plugin: 'echo',
    component: 'plugin',
    level: 'info',
    text: 'echo-plugin started',
  });
  t.match(await nexus(['logs', '--limit', '1', '--plugin', 'echo']), { code: 0, stdout: / info +echo: / });
  t.match(await nexus(['logs', '--level', 'loud']), { code: 2, stderr: /debug, info, warn, error/ });
  const link = await nexus(['login']);
  t.match(link, { code: 0, stdout: /^http:\/\/127\.0\.0\.1:\d+\/#login=[0-9a-f]{64}\n$/ });
});
