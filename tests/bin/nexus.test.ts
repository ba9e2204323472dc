import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { type KernelHome, createKernelHome } from '../fixtures/kernel-process.ts';

t.setTimeout(60_000);

const NEXUS = fileURLToPath(new URL('../../bin/nexus', import.meta.url));
const OLDEST_THAT_RUNS_ALONE = 24;

/** A Node that cannot run the sources itself, as stock systems have it. */
function findOldNode(): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
      return Number.parseInt(version, 10) < OLDEST_THAT_RUNS_ALONE;
    } catch {
      return false;
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const oldNode = findOldNode();
const skip = oldNode === undefined && 'no Node older than 24 is on the PATH';
const readySchema = z.looseObject({ pid: z.number() });

/** Starts a kernel with a command that begins so; `pid` is that of the kernel itself. */
async function startBy(command: readonly string[], home: KernelHome) {
  const args = ['-u', 'NODE_OPTIONS', ...command, '--json', '--port', '0', ...home.args];
  const starter = spawn('env', args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: dirname(dirname(NEXUS)) });
  const exited = once(starter, 'exit');
  const [line]: unknown[] = await once(createInterface({ input: starter.stdout }), 'line');
  const { pid } = readySchema.parse(JSON.parse(String(line)));
  return { starter, exited, pid };
}

await t.test('an old Node hands over to the carried one', { skip }, async (t) => {
  await using home = await createKernelHome();
  const { starter, exited, pid } = await startBy([String(oldNode), NEXUS, 'start'], home);
  t.not(pid, starter.pid, 'the kernel is a process of its own');
  starter.kill('SIGTERM');
  t.same(await exited, [0, null], 'SIGTERM is passed on, and the exit code comes back');
  t.notOk(isAlive(pid), 'the kernel is gone');
});

await t.test('a kernel whose starter was killed stops', { skip }, async (t) => {
  await using home = await createKernelHome();
  const { starter, exited, pid } = await startBy([String(oldNode), NEXUS, 'start'], home);
  starter.kill('SIGKILL');
  await exited;
  // The test ends by its own time limit if the kernel stays.
  while (isAlive(pid)) await delay(20);
  t.notOk(isAlive(pid), 'the kernel noticed');
});

await t.test('npm start that is told to end takes its kernel along', async (t) => {
  await using home = await createKernelHome();
  const { starter, exited, pid } = await startBy(['npm', '--silent', 'start', '--'], home);
  starter.kill('SIGTERM');
  await exited;
  // The test ends by its own time limit if the kernel stays.
  while (isAlive(pid)) await delay(20);
  t.notOk(isAlive(pid), 'the kernel is gone');
});

await t.test('wrong usage is exit code 2', async (t) => {
  for (const node of [process.execPath, ...(oldNode === undefined ? [] : [oldNode])]) {
    const child = spawn('env', ['-u', 'NODE_OPTIONS', node, NEXUS, 'no-such-command'], { stdio: 'ignore' });
    t.same(await once(child, 'exit'), [2, null], node === oldNode ? 'through an old Node' : 'directly');
  }
});
