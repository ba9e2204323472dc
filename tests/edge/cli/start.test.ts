import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { z } from 'zod';
import {
  createKernelHome,
  nexusCommand,
  startKernel,
  type KernelHome,
} from '../../fixtures/kernel-process.ts';
import { campaign } from '../../fixtures/campaign.ts';
import { echoManifest, runNexus } from '../../fixtures/nexus-command.ts';

const stubborn = {
  source: { command: 'node', args: [...echoManifest.source.args, '--stubborn'] },
  start: 'eager',
};

/** Starts `nexus start` over the folders; `ready` settles with its first line. */
function startOver(home: KernelHome, ...args: readonly string[]) {
  const [command, ...rest] = nexusCommand('start', '--port', '0', ...home.args, ...args);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const errors = text(child.stderr);
  const exited = once(child, 'close').then(([code]) => Number(code));
  return { child, lines, reader, errors, exited, ready: once(reader, 'line') };
}

async function lineThat(running: ReturnType<typeof startOver>, pattern: RegExp): Promise<void> {
  while (!running.lines.some((line) => pattern.test(line))) await once(running.reader, 'line');
}

await t.test('with --json the first line is all there is on stdout', async (t) => {
  await using home = await createKernelHome({ broken: { source: { command: 'no-such-program' } } });
  const running = startOver(home, '--json');
  await running.ready;
  const line = z
    .strictObject({ url: z.url(), mcp: z.url(), token: z.string(), pid: z.int(), readyMs: z.int() })
    .parse(JSON.parse(running.lines[0] ?? ''));
  t.equal(line.mcp, `${line.url}/mcp`);
  t.equal(line.token, readFileSync(join(home.data, 'token'), 'utf8').trim());
  t.ok(line.readyMs > 0 && line.readyMs < 60_000);
  t.equal((await fetch(`${line.url}/healthz`)).status, 200);
  t.same(JSON.parse(readFileSync(join(home.data, 'kernel.json'), 'utf8')), { url: line.url, pid: line.pid });

  running.child.kill('SIGTERM');
  t.equal(await running.exited, 0);
  t.equal(await running.errors, '');
  t.equal(running.lines.length, 1);
  t.notOk(existsSync(join(home.data, 'kernel.json')), 'nobody finds it any more');
});

await t.test('a person is told where it is, how to connect, and what is wrong', async (t) => {
  await using home = await createKernelHome({
    echo: echoManifest,
    broken: { source: { command: 'no-such-program' } },
  });
  const running = startOver(home);
  await lineThat(running, /^Warning broken: COMMAND_MISSING: /);
  const shown = running.lines.join('\n');
  t.match(shown, /^Nexus is ready at http:\/\/127\.0\.0\.1:\d+ \(\d+ ms\)\n/);
  t.match(shown, /^  Console +http:\/\/127\.0\.0\.1:\d+\/#login=[0-9a-f]{64}$/m);
  t.match(shown, /^  MCP endpoint +http:\/\/127\.0\.0\.1:\d+\/mcp$/m);
  t.match(shown, new RegExp(`^  Token +${readFileSync(join(home.data, 'token'), 'utf8').trim()}$`, 'm'));
  t.match(shown, /^Isolation in force: (?:sandbox|process)/m);
  t.notMatch(shown, /Warning echo/);

  const snippet = shown.slice(shown.indexOf('  {'), shown.indexOf('\n  }') + 4);
  const { mcpServers } = z
    .object({ mcpServers: z.object({ nexus: z.object({ command: z.string(), args: z.array(z.string()) }) }) })
    .parse(JSON.parse(snippet));
  const { command, args } = mcpServers.nexus;
  const [env, ...unset] = nexusCommand();
  const client = spawn(env, [...unset.slice(0, -2), command, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  t.match(JSON.parse(await text(client.stdout)), { id: 1, result: {} }, 'the snippet works');

  running.child.kill('SIGINT');
  t.equal(await running.exited, 0);
});

await t.test('what keeps it from starting is said in one line, exit code 1', async (t) => {
  await using home = await createKernelHome();
  const kernel = await startKernel(home);
  const second = await runNexus(['start', '--port', '0', ...home.args]);
  t.equal(second.code, 1);
  t.equal(
    second.stderr,
    `KERNEL_RUNNING: A kernel with process id ${kernel.pid} already uses the data directory ${home.data}. Stop it, or start with another --data.\n`,
  );
  await using other = await createKernelHome();
  const port = new URL(kernel.url).port;
  const taken = await runNexus(['start', '--port', port, ...other.args]);
  t.equal(taken.code, 1);
  t.match(taken.stderr, `ADDRESS_IN_USE: Address 127.0.0.1:${port} is in use. `);
  await kernel.stop();
  t.notOk(existsSync(join(other.data, 'kernel.json')));

  const file = join(t.testdir({ file: '' }), 'file');
  const unusable = { '--data': file, '--manifests': file, '--plugins': file, '--workspace': '/proc/x/y' };
  for (const [option, path] of Object.entries(unusable)) {
    const refused = await runNexus(['start', '--port', '0', ...other.args, option, path]);
    t.equal(refused.code, 1);
    t.match(
      refused.stderr,
      `CONFIG_INVALID: ${option} is ${path}, which is not a folder this user can use. `,
    );
  }
});

await t.test('a new data directory is private', async (t) => {
  await using home = await createKernelHome();
  const kernel = await startKernel(home);
  t.equal(statSync(home.data).mode & 0o777, 0o700);
  t.equal(statSync(join(home.data, 'token')).mode & 0o777, 0o600);
  await kernel.stop();
});

await t.test('it ends by itself when it is told to stop before it has settled', async (t) => {
  const stopAtOnce = async (): Promise<void> => {
    await using home = await createKernelHome();
    const kernel = await startKernel(home);
    t.equal(await kernel.stop(), 0, kernel.log());
  };
  // Several at a time: each is then told at another moment of its start.
  const rounds = campaign(3, 1);
  for (let round = 0; round < rounds; round += 1) await Promise.all([1, 2, 3, 4].map(stopAtOnce));
});

await t.test('it stops within five seconds whatever plugins do, and at once when told twice', async (t) => {
  await using home = await createKernelHome({ stubborn });
  const stopMs = async (signals: number): Promise<number> => {
    const running = startOver(home, '--json');
    await running.ready;
    const { url, token } = z
      .object({ url: z.string(), token: z.string() })
      .parse(JSON.parse(running.lines[0] ?? ''));
    const active = async (): Promise<boolean> => {
      const response = await fetch(`${url}/api/plugins`, { headers: { authorization: `Bearer ${token}` } });
      return z.array(z.object({ state: z.string() })).parse(await response.json())[0]?.state === 'active';
    };
    while (!(await active())) await new Promise((resolve) => setTimeout(resolve, 20));
    const from = performance.now();
    running.child.kill('SIGTERM');
    if (signals === 2) {
      // The address goes first: then the first signal has arrived.
      while (existsSync(join(home.data, 'kernel.json')))
        await new Promise((resolve) => setTimeout(resolve, 5));
      running.child.kill('SIGTERM');
    }
    t.equal(await running.exited, 0);
    return performance.now() - from;
  };
  const patientMs = await stopMs(1);
  const atOnceMs = await stopMs(2);
  t.ok(patientMs < 5_500, `one signal: ${Math.round(patientMs)} ms`);
  t.ok(atOnceMs < patientMs / 2, `two signals: ${Math.round(atOnceMs)} ms`);
});

await t.test('it goes on when nobody reads what it says', async (t) => {
  await using home = await createKernelHome();
  const running = startOver(home, '--json');
  await running.ready;
  running.child.stdout.destroy();
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(running.lines[0] ?? ''));
  await home.writeManifest('broken', { source: { command: 'no-such-program' } });
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  running.child.kill('SIGTERM');
  t.equal(await running.exited, 0);
});
