import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { ECHO_PLUGIN_DIR, runNexus } from '../../fixtures/nexus-command.ts';

t.setTimeout(120_000);
const home = await createKernelHome({});
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const nexus = (...args: readonly string[]) => runNexus([...args, '--data', home.data], { cwd: home.root });
const file = join(home.root, '.mcp.json');
const server = join(ECHO_PLUGIN_DIR, 'server.mjs');

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
  t.match(await nexus('plugin', 'approve', 'lacking', '--yes'), { code: 1, stdout: lacks });
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
