import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { descendantsOf } from '../../runtime/sandbox/host-processes.ts';
import { readUsage } from '../../runtime/sandbox/process-usage.ts';
import { Puppet, Stage, type ForcedMechanism } from './fixtures.ts';

const mebibyte = 1_048_576;
/** 300 ms of processor time, however much else this machine does. */
const burn =
  'const spent = () => { const { user, system } = process.threadCpuUsage(); return user + system; }; const end = spent() + 300_000; while (spent() < end);';

await t.test('what is gone uses nothing', async (test) => {
  test.equal(await readUsage([]), null);
  test.equal(await readUsage([2 ** 22]), null);
});

await t.test('children of any thread belong to the tree', async (test) => {
  const code = `
    const { Worker } = require('node:worker_threads');
    new Worker("const { spawn } = require('node:child_process'); const child = spawn('sleep', ['1000']); child.on('spawn', () => require('node:worker_threads').parentPort.postMessage(child.pid))", { eval: true })
      .on('message', (pid) => console.log(pid));`;
  const parent = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk]: Buffer[] = await once(parent.stdout, 'data');
  const child = Number(String(chunk));
  test.same(await descendantsOf(parent.pid ?? 0), [child]);
  test.match(await readUsage([parent.pid ?? 0, child]), { processes: 2 });
  process.kill(child, 'SIGKILL');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

for (const mechanism of ['bubblewrap', 'none'] satisfies ForcedMechanism[]) {
  await t.test(`memory and processor time of a tree: ${mechanism}`, async (test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox(mechanism);
    if (mechanism !== 'none' && sandbox.tier !== 'sandbox') {
      await test.skip(`no ${mechanism} here`, () => {});
      return;
    }
    await using puppet = new Puppet(await sandbox.launch(stage.spec({ permissions: { exec: true } })));
    await puppet.run('return 1');
    const before = await puppet.process.usage();
    if (before === null) throw new Error('it runs');
    test.ok(before.memoryBytes > 5 * mebibyte, `${before.memoryBytes} bytes`);
    await puppet.run(`globalThis.hold = Buffer.alloc(100 << 20, 1); ${burn}`);
    const after = await puppet.process.usage();
    if (after === null) throw new Error('it runs');
    test.ok(after.memoryBytes - before.memoryBytes > 90 * mebibyte, `${after.memoryBytes} bytes`);
    test.ok(after.cpuMs - before.cpuMs >= 250, `${after.cpuMs - before.cpuMs} ms`);
    test.ok(['pss', 'rss'].includes(after.memoryKind), after.memoryKind);
    const child = await puppet.run(
      `const { spawn } = require('node:child_process'); const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1e6); console.log(1)'], { stdio: ['ignore', 'pipe', 'ignore'] }); await new Promise((resolve) => child.stdout.once('data', resolve));`,
    );
    test.equal(child.error, undefined);
    const grown = await puppet.process.usage();
    test.equal(grown?.processes, after.processes + 1, 'its children count');
    await puppet.process.kill();
    test.equal(await puppet.process.usage(), null);
  });
}

await t.test('a thread tells its own heap and time, not those of the kernel', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  await using puppet = new Puppet(await sandbox.launch(stage.spec({ isolation: 'worker' })));
  await puppet.run('return 1');
  const before = await puppet.process.usage();
  await puppet.run(`globalThis.hold = Array.from({ length: 3e6 }, (_, at) => ({ at })); ${burn} return 1`);
  const after = await puppet.process.usage();
  if (before === null || after === null) throw new Error('it runs');
  test.match(after, { processes: 0, memoryKind: 'heap' });
  test.ok(after.memoryBytes - before.memoryBytes > 30 * mebibyte, `${after.memoryBytes} bytes`);
  test.ok(after.cpuMs - before.cpuMs >= 250, `${after.cpuMs - before.cpuMs} ms`);
  await puppet.process.kill();
  test.equal(await puppet.process.usage(), null);
});
