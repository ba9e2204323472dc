import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { Puppet, Stage } from './fixtures.ts';

await t.test('a worker talks through its stdin and stdout like a process', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  const spec = stage.spec({ isolation: 'worker', env: { GIVEN: '1' } });
  await using puppet = new Puppet(await sandbox.launch({ ...spec, args: [...spec.args, 'argument'] }));
  test.equal(puppet.process.tier, 'worker');
  test.equal(puppet.process.pid, 0);
  test.same(puppet.process.enforcement, {
    files: 'none',
    network: 'none',
    processes: 'none',
    memory: 'advisory',
  });
  test.same(await puppet.run('return [process.env.GIVEN, process.env.PATH ?? null, process.argv.at(-1)]'), {
    value: ['1', null, 'argument'],
  });
  test.same(await puppet.process.stop(5_000), { code: 0, signal: null });
});

await t.test(
  'an uncaught error, an exit and an exhausted heap end the thread, not the kernel',
  async (test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox('none');
    const spec = stage.spec({ isolation: 'worker', limits: { memoryMb: 32 } });
    const cases: [code: string, exitCode: number, words: RegExp][] = [
      ['setImmediate(() => { throw new Error("last words") })', 1, /Error: last words/],
      ['process.exit(5)', 5, /^$/],
      ['const hoard = []; for (;;) hoard.push(new Array(1e5).fill(hoard.length))', 1, /memory/],
    ];
    for (const [code, exitCode, words] of cases) {
      await using puppet = new Puppet(await sandbox.launch(spec));
      const errors = text(puppet.process.stderr);
      void puppet.run(code);
      test.same(await puppet.process.exited, { code: exitCode, signal: null }, code);
      test.match(await errors, words);
    }
  },
);

await t.test('one that does not end with its input is ended', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  await using puppet = new Puppet(await sandbox.launch(stage.spec({ isolation: 'worker' })));
  await puppet.run('setInterval(() => {}, 1e6)');
  const stopped = puppet.process.stop(50);
  test.equal(puppet.process.stop(50), stopped);
  test.same(await stopped, { code: 1, signal: null });
  test.same(await puppet.process.kill(), { code: 1, signal: null });
});

await t.test('only a script of Node can be a worker', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  await writeFile(join(stage.pluginDir, 'a.sh'), '');
  for (const change of [{ command: '/bin/sh' }, { args: [] }, { args: ['--eval', '1'] }]) {
    await test.rejects(sandbox.launch({ ...stage.spec({ isolation: 'worker' }), ...change }), {
      code: 'SANDBOX_LAUNCH_FAILED',
    });
  }
});

await t.test('what a thread uses beside its heap is watched, and so is its processor time', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  const launch = async (): Promise<Puppet> =>
    new Puppet(
      await sandbox.launch(stage.spec({ isolation: 'worker', limits: { memoryMb: 64, cpuSeconds: 1 } })),
    );
  const cases: [code: string, reason: RegExp][] = [
    [
      'globalThis.kept = Buffer.alloc(200 * 2 ** 20, 1)',
      /^it used 2\d\d MB of memory, and limits\.memoryMb allows it 64$/,
    ],
    ['for (;;);', /^it used [\d.]+ s of processor time, and limits\.cpuSeconds allows it 1$/],
  ];
  for (const [code, reason] of cases) {
    await using puppet = await launch();
    void puppet.run(code);
    test.match(await puppet.process.exited, { code: 1, signal: null, reason }, code);
  }
  await using modest = await launch();
  test.same(await modest.run('globalThis.kept = Buffer.alloc(20 * 2 ** 20, 1); return kept.length'), {
    value: 20 * 2 ** 20,
  });
  test.same(await modest.process.stop(5_000), { code: 0, signal: null }, 'one within its limits serves on');
});
