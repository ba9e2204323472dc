import { stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { planPolicy } from '../../../runtime/sandbox/policy/plan.ts';
import { Stage } from '../fixtures.ts';

const context = { protectedPaths: [], systemPaths: ['/usr', '/bin'], timezone: 'Europe/Vienna' };

await t.test('outer directories are mounted before what lies in them', async (test) => {
  await using stage = await Stage.open();
  const policy = await planPolicy(stage.spec({ dataDir: join(stage.pluginDir, 'data') }), context);
  test.same(
    policy.mounts.map(({ target, writable }) => [target, writable]),
    [
      [stage.pluginDir, false],
      [join(stage.pluginDir, 'data'), true],
    ],
  );
  test.equal((await stat(join(stage.pluginDir, 'data'))).mode & 0o777, 0o700, 'the data directory is made');
});

await t.test('the code of a plugin may not lie where it may write', async (test) => {
  await using stage = await Stage.open();
  await test.rejects(planPolicy(stage.spec({ dataDir: stage.root }), context), {
    code: 'PERMISSION_REFUSED',
    message: /its own code/,
  });
});

await t.test('the working directory must be visible', async (test) => {
  await using stage = await Stage.open();
  await test.rejects(planPolicy(stage.spec({ cwd: stage.outside }), context), {
    message: /working directory/,
  });
  await test.rejects(planPolicy(stage.spec({ cwd: '/usr' }), context), { message: /working directory/ });
  await test.resolves(planPolicy(stage.spec({ cwd: '/tmp' }), context));
  await test.resolves(
    planPolicy(stage.pythonSpec({ cwd: '/usr' }), context),
    'the system is the runtime of python',
  );
  const granted = stage.spec({
    cwd: stage.outside,
    permissions: { fs: { read: [stage.outside], write: [] } },
  });
  await test.resolves(planPolicy(granted, context));
});

await t.test('the program of the manifest is visible wherever it lies', async (test) => {
  await using stage = await Stage.open();
  const tool = join(stage.outside, 'tool');
  await writeFile(tool, '#!/bin/sh\n', { mode: 0o755 });
  await symlink(tool, join(stage.root, 'alias'));
  const targets = async (command: string): Promise<string[]> =>
    (await planPolicy(stage.spec({ command }), context)).mounts.map((mount) => mount.target);
  test.ok((await targets(tool)).includes(tool));
  const throughLink = await targets(join(stage.root, 'alias'));
  test.ok(throughLink.includes(tool) && throughLink.includes(join(stage.root, 'alias')));
  test.notOk(
    (await targets('/usr/bin/env')).includes('/usr/bin/env'),
    'what the system has is there already',
  );
  await test.rejects(planPolicy(stage.spec({ command: 'tool' }), context), { code: 'COMMAND_MISSING' });
});

await t.test('limits in the terms of the operating system', async (test) => {
  await using stage = await Stage.open();
  const node = await planPolicy(stage.spec({ limits: { memoryMb: 100, pids: 5, cpuSeconds: 9 } }), context);
  const python = await planPolicy(stage.pythonSpec({ limits: { memoryMb: 100 } }), context);
  test.equal(node.limits.cpuSeconds, 9);
  test.ok(node.limits.tasks >= 5 + 11, 'the threads of Node itself are not counted against the plugin');
  test.equal(node.wholeSystem, false);
  test.equal(python.wholeSystem, true);
  test.equal(python.limits.dataBytes, (64 + 100) * 1024 * 1024, 'python reserves no code range');
  test.equal(node.limits.dataBytes, (576 + 528 + 100) * 1024 * 1024);
});

await t.test('the time zone and the compile cache are given, and can be changed', async (test) => {
  await using stage = await Stage.open();
  const node = await planPolicy(stage.spec({ env: { A: '1' } }), context);
  const { dataDir } = stage.spec();
  test.same(node.env, { TZ: 'Europe/Vienna', NODE_COMPILE_CACHE: join(dataDir, '.cache', 'node'), A: '1' });
  const python = await planPolicy(stage.pythonSpec({ env: { TZ: 'UTC' } }), context);
  test.same(python.env, { TZ: 'UTC' });
});
