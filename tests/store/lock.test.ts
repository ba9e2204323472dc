import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { lockDataDir } from '../../runtime/store/lock.ts';

function dirOf(test: Test): string {
  const dir = join(test.testdir({}), 'data');
  mkdirSync(dir);
  return dir;
}

/** A process that holds the lock until it is killed. */
async function holdElsewhere(
  test: Test,
  dataDir: string,
): Promise<{ pid: number; kill: () => Promise<void> }> {
  const lock = new URL('../../runtime/store/lock.ts', import.meta.url).href;
  const script = `import { lockDataDir } from ${JSON.stringify(lock)};
    globalThis.lock = lockDataDir(${JSON.stringify(dataDir)});
    console.log('held'); setInterval(() => undefined, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  test.teardown(kill);
  await once(child.stdout, 'data');
  return { pid: child.pid ?? 0, kill };
}

await t.test('a second kernel is refused and told who holds the directory', async (test) => {
  const dataDir = dirOf(test);
  const holder = await holdElsewhere(test, dataDir);
  test.throws(() => lockDataDir(dataDir), {
    code: 'KERNEL_RUNNING',
    data: { pid: String(holder.pid), data: dataDir },
  });
  await holder.kill();
  using lock = lockDataDir(dataDir);
  test.equal(lock.pid, process.pid, 'a kill -9 leaves nothing that must be cleaned up');
  test.equal(readFileSync(join(dataDir, 'kernel.pid'), 'utf8'), `${process.pid}\n`);
});

await t.test('one process cannot hold it twice, and trying does not lose it', async (test) => {
  const dataDir = dirOf(test);
  const lock = lockDataDir(dataDir);
  test.throws(() => lockDataDir(dataDir), { code: 'KERNEL_RUNNING' });
  test.throws(() => lockDataDir(dataDir), { code: 'KERNEL_RUNNING' });
  await test.rejects(takeElsewhere(dataDir), /KERNEL_RUNNING/);
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  test.notOk(existsSync(join(dataDir, 'kernel.pid')));
  await takeElsewhere(dataDir);
});

/** Takes and leaves the lock in another process; rejects with what that says when it cannot. */
async function takeElsewhere(dataDir: string): Promise<void> {
  const lock = new URL('../../runtime/store/lock.ts', import.meta.url).href;
  const script = `import { lockDataDir } from ${JSON.stringify(lock)}; lockDataDir(${JSON.stringify(dataDir)})[Symbol.dispose]();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(said);
}

await t.test('a process id left behind means nothing, even when another process has it now', (test) => {
  const dataDir = dirOf(test);
  writeFileSync(join(dataDir, 'kernel.pid'), '1\n');
  using lock = lockDataDir(dataDir);
  test.equal(lock.pid, process.pid);
  test.equal(statSync(join(dataDir, 'kernel.lock')).mode & 0o777, 0o600);
  test.end();
});

await t.test('a lock file that someone wrote into is emptied and used', (test) => {
  const dataDir = dirOf(test);
  writeFileSync(
    join(dataDir, 'kernel.lock'),
    'this is not a database, and it is long enough to be looked at\n'.repeat(20),
  );
  using lock = lockDataDir(dataDir);
  test.ok(lock.pid > 0);
  test.throws(() => lockDataDir(dataDir), { code: 'KERNEL_RUNNING' });
  test.end();
});
