import { readFileSync } from 'node:fs';
import t from 'tap';
import { z } from 'zod';
import { runNexus, runNexusOnTerminal } from '../../fixtures/nexus-command.ts';

const packageText = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
const { version } = z.object({ version: z.string() }).parse(JSON.parse(packageText));

await t.test('--version', async (t) => {
  t.same(await runNexus(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
});

await t.test('--help lists every command within 80 columns', async (t) => {
  for (const args of [['--help'], ['help'], ['-h']]) {
    const { code, stdout, stderr } = await runNexus(args);
    t.equal(code, 0);
    t.equal(stderr, '');
    for (const command of ['start', 'mcp', 'call', 'plugins', 'tools', 'runs', 'doctor', 'plugin add'])
      t.match(stdout, new RegExp(`^  ${command} `, 'm'));
    t.same(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});

await t.test('help of one command, however it is asked for', async (t) => {
  for (const args of [
    ['runs', '--help'],
    ['help', 'runs'],
    ['runs', '--limit', '5', '-h'],
  ]) {
    const { code, stdout } = await runNexus(args);
    t.equal(code, 0);
    t.match(stdout, /^Usage: nexus runs \[OPTIONS\]/);
    t.match(stdout, /--limit N +How many/);
  }
  t.match((await runNexus(['plugin', 'add', '--help'])).stdout, /nexus plugin add NAME --url URL/);
});

await t.test('no command: help on a terminal, wrong usage for a script', async (t) => {
  const script = await runNexus([]);
  t.equal(script.code, 2);
  t.equal(script.stdout, '');
  t.match(script.stderr, /Usage: nexus COMMAND/);
  const person = await runNexusOnTerminal([]);
  t.equal(person.code, 0);
  t.match(person.stdout, /Usage: nexus COMMAND/);
});

await t.test('colours on a terminal only, and not with NO_COLOR', async (t) => {
  const { CI: _ci, FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env;
  const env = { ...rest, TERM: 'xterm-256color' };
  const bold = '\u001b[1mNexus';
  t.ok((await runNexusOnTerminal(['--help'], { env })).stdout.includes(bold));
  const plain = await runNexusOnTerminal(['--help'], { env: { ...env, NO_COLOR: '1' } });
  t.notOk(plain.stdout.includes('\u001b'));
  t.notOk((await runNexus(['--help'], { env })).stdout.includes('\u001b'));
});

const wrong: Readonly<Record<string, RegExp>> = {
  plguins: /^USAGE: There is no command "plguins"; the nearest one is "plugins"\. /,
  'plugin enabel x': /the nearest one is "plugin enable"/,
  plugin: /"nexus plugin" needs one of add, remove, install-deps, enable/,
  'start --prot 1': /"nexus start" has no option --prot; the nearest one is --port\./,
  'start --port 70000': /--port is "70000", not a number from 0 to 65535/,
  call: /Something is missing: nexus call PLUGIN\.TOOL \[JSON\]/,
  constructor: /There is no command "constructor"/,
  'runs --state faild': /not one of QUEUED, .*; the nearest one is FAILED/,
  'plugin add thing': /"thing" is none of these: a folder, a file, an npm package/,
};
for (const [line, message] of Object.entries(wrong)) {
  await t.test(`nexus ${line}`, async (t) => {
    const { code, stdout, stderr } = await runNexus(
      [...line.split(' '), '--data', t.testdirName].filter(Boolean),
    );
    t.match(stderr, message);
    t.equal(stdout, '');
    t.equal(code, 2);
  });
}

await t.test('without a kernel', async (t) => {
  const data = t.testdir({});
  for (const line of ['plugins', 'tools', 'runs', 'call a.b', 'plugin logs a']) {
    const { code, stderr } = await runNexus([...line.split(' '), '--data', data]);
    t.equal(code, 1);
    t.equal(
      stderr,
      `KERNEL_UNREACHABLE: No kernel answers for the data directory ${data}: none is running. Start one with "nexus start".\n`,
    );
  }
});

await t.test('the address of a kernel that crashed is not believed', async (t) => {
  // Process ids end at 2^22 on Linux (proc(5), pid_max).
  const data = t.testdir({ 'kernel.json': '{"url":"http://127.0.0.1:1","pid":4194305}', token: 'x' });
  const { code, stderr } = await runNexus(['plugins', '--data', data]);
  t.equal(code, 1);
  t.match(stderr, /none is running/);
  const torn = t.testdir({ 'kernel.json': '{"url"' });
  t.match((await runNexus(['plugins', '--data', torn])).stderr, /kernel\.json in it is damaged/);
});

await t.test('a command of several words is found, and wrong usage leads to its help', async (t) => {
  const none = ['--data', '/nowhere'];
  for (const args of [
    ['leases', 'revoke', 'L'],
    ['memories', 'approve', 'USER.md', '--yes'],
    ['assistants', 'versions', 'nexus'],
  ])
    t.match((await runNexus([...args, ...none])).stderr, /^KERNEL_UNREACHABLE/, args.join(' '));
  const misused = await runNexus(['leases', 'revoke', 'L', '--for', 'ever']);
  t.equal(misused.code, 2);
  t.match(misused.stderr, /no option --for.* Run "nexus help leases revoke" for what it takes\./);
});
