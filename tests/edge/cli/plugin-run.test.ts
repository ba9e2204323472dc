import '../../fixtures/plain-children.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { nexusCommand } from '../../fixtures/kernel-process.ts';
import { echoManifest, runNexus } from '../../fixtures/nexus-command.ts';

const dir = t.testdir({ workspace: {}, tmp: {} });
const manifest = join(dir, 'echo.json');
writeFileSync(manifest, JSON.stringify(echoManifest));
const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
const said = JSON.stringify({ ...call, params: { name: 'echo', arguments: { text: 'hé' } } });
// Its own, so that what other tests leave there for a while is not taken for this one's.
const temporary = join(dir, 'tmp');
const env = { ...process.env, TMPDIR: temporary };

await t.test('the conversation is on stdin and stdout, the log on stderr, and nothing is left', async (t) => {
  const places = ['--allow-unsandboxed', '--workspace', join(dir, 'workspace')];
  const ran = await runNexus(['plugin', 'run', manifest, '--json', ...places], { input: `${said}\n`, env });
  t.equal(ran.code, 0, ran.stderr);
  t.same(JSON.parse(ran.stdout), {
    jsonrpc: '2.0',
    id: 1,
    result: { content: [{ type: 'text', text: 'hé' }] },
  });
  const [report = '', ...log] = ran.stderr.trim().split('\n');
  t.match(JSON.parse(report), { tier: /^(?:sandbox|process)$/, mechanism: String, enforcement: {} });
  t.same(log, ['echo-plugin started']);
  t.same(readdirSync(temporary), []);
});

await t.test('a manifest by its name; data that is to be kept', async (t) => {
  const data = join(dir, 'data');
  const places = ['--manifests', dir, '--data', data, '--workspace', join(dir, 'workspace')];
  const ran = await runNexus(['plugin', 'run', 'echo', '--allow-unsandboxed', ...places], { input: '' });
  t.equal(ran.code, 0, ran.stderr);
  t.match(ran.stderr, /^echo runs with isolation "(?:sandbox|process)" \(/);
  t.ok(existsSync(join(data, 'plugins', 'echo')));
});

await t.test('it ends when it is told to, however stubborn the plugin', async (t) => {
  const stubborn = { source: { ...echoManifest.source, args: [...echoManifest.source.args, '--stubborn'] } };
  writeFileSync(join(dir, 'stubborn.json'), JSON.stringify(stubborn));
  const [command, ...args] = nexusCommand('plugin', 'run', join(dir, 'stubborn.json'), '--allow-unsandboxed');
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stderr })) {
    if (line === 'echo-plugin started') break;
  }
  child.kill('SIGTERM');
  t.same(await closed, [1, null]);
  t.equal(await text(child.stdout), '');
});

await t.test('what cannot run says why', async (t) => {
  const run = async (name: string, content: object) => {
    writeFileSync(join(dir, `${name}.json`), JSON.stringify(content));
    return await runNexus(['plugin', 'run', join(dir, `${name}.json`)], { env });
  };
  t.match(await runNexus(['plugin', 'run', 'nowhere', '--manifests', dir]), {
    code: 2,
    stderr: /^USAGE: The manifest .*nowhere\.json cannot be read \(ENOENT\)/,
  });
  t.match(await run('far', { source: { url: 'http://127.0.0.1:9/mcp' } }), {
    code: 2,
    stderr: /^USAGE: "far" is a remote server/,
  });
  t.match(await run('wrong', { sauce: 1 }), { code: 1, stderr: /^MANIFEST_INVALID: / });
  t.match(await run('none', { source: { command: 'no-such-program' } }), {
    code: 1,
    stderr: /^COMMAND_MISSING: /,
  });
  t.same(readdirSync(temporary), [], 'nothing is left');
});
