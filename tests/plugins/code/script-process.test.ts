import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { startCode } from './harness.ts';

t.setTimeout(300_000);

/** Processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1]) === pid;
      } catch {
        return false; // Gone since the folder was read.
      }
    });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < 2_000; look += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it never came to ${String(isSo)}`);
}

await t.test('scripts that compute hold up neither each other nor the conversation', async (test) => {
  const plugin = await startCode(test);
  const stop = new AbortController();
  const loops = [1, 2].map(() => plugin.result('for (;;);', { timeoutMs: 60_000, signal: stop.signal }));
  await until(() => childrenOf(plugin.pid).length === 2);
  test.equal((await plugin.client.listTools()).tools.length, 1);
  test.equal(await plugin.result('return 6 * 7'), 42);
  test.equal(childrenOf(plugin.pid).length, 2, 'the loops still run');
  stop.abort();
  for (const loop of loops) await test.rejects(loop);
  await until(() => childrenOf(plugin.pid).length === 0);
  test.equal(await plugin.result('return 1'), 1);
});

await t.test(
  'what does not fit beside the others waits, and leaves the queue when it is canceled',
  async (test) => {
    const plugin = await startCode(test);
    const stop = new AbortController();
    const large = plugin.result('for (;;);', { memoryMb: 512, timeoutMs: 60_000, signal: stop.signal });
    await until(() => childrenOf(plugin.pid).length === 1);
    const leaving = new AbortController();
    const second = plugin.result('return 2', { memoryMb: 512, signal: leaving.signal });
    const third = plugin.result('return 3', { memoryMb: 64 });
    leaving.abort();
    await test.rejects(second);
    test.equal(await third, 3, 'who comes after one that left is not held up by it');
    const fourth = plugin.result('return 4', { memoryMb: 512 });
    stop.abort();
    await test.rejects(large);
    test.equal(await fourth, 4);
  },
);

await t.test('no process stays when the plugin ends', async (test) => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const plugin = await startCode(test);
    const loop = plugin.result('for (;;);', { timeoutMs: 60_000 });
    loop.catch(() => {});
    await until(() => childrenOf(plugin.pid).length === 1);
    const [script = 0] = childrenOf(plugin.pid);
    process.kill(plugin.pid, signal);
    await test.rejects(loop);
    await until(() => !isAlive(script));
  }
});

await t.test('many scripts leave nothing behind', async (test) => {
  const plugin = await startCode(test);
  const handles = (): number => readdirSync(`/proc/${plugin.pid}/fd`).length;
  await plugin.result('return 1');
  const before = handles();
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, at) => plugin.result('return input', { input: at })),
  );
  test.same(
    results,
    Array.from({ length: 20 }, (_, at) => at),
  );
  test.equal(childrenOf(plugin.pid).length, 0);
  test.equal(handles(), before);
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
