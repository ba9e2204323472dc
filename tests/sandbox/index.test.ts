import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import { createSandbox } from '../../runtime/sandbox/index.ts';
import { Stage } from './fixtures.ts';

const run = promisify(execFile);

await t.test('the strongest mechanism that works is chosen and told', async (test) => {
  await using stage = await Stage.open();
  await using sandbox = await createSandbox({
    dataDir: stage.dataDir,
    protectedPaths: [],
    allowUnsandboxed: false,
  });
  const best = sandbox.probes.find((probe) => probe.works);
  test.equal(sandbox.mechanism, best?.mechanism ?? 'process');
  test.equal(sandbox.tier, best === undefined ? 'process' : 'sandbox');
  for (const probe of sandbox.probes) {
    test.equal(probe.reason === '', probe.works, `${probe.mechanism}: ${probe.reason}`);
    test.equal(probe.remedy === '', probe.works, `${probe.mechanism}: ${probe.remedy}`);
  }
});

await t.test('what works on this machine is found to work', async (test) => {
  await using stage = await Stage.open();
  await using sandbox = await createSandbox({
    dataDir: stage.dataDir,
    protectedPaths: [],
    allowUnsandboxed: true,
  });
  // Asked of other programs than the launchers: without this a broken launcher would only skip its tests.
  const asks = {
    bubblewrap: ['bwrap', '--unshare-user', '--ro-bind', '/', '/', '--proc', '/proc', 'true'],
    namespaces: [
      'unshare',
      '--user',
      '--map-root-user',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      'true',
    ],
    landlock: ['perl', '-e', 'exit(syscall(444, 0, 0, 1) >= 3 ? 0 : 1)'],
  };
  for (const [mechanism, [program = '', ...args]] of Object.entries(asks)) {
    const works = await run(program, args).then(
      () => true,
      () => false,
    );
    const probe = sandbox.probes.find((one) => one.mechanism === mechanism);
    test.equal(probe?.works, works, `${mechanism} ${probe?.reason}`);
  }
});

await t.test('without a mechanism a plugin that wants a sandbox is refused', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none', { allowUnsandboxed: false });
  test.equal(sandbox.tier, 'process');
  await test.rejects(sandbox.launch(stage.spec()), { code: 'ISOLATION_UNAVAILABLE' });
  const plain = await stage.puppet(sandbox, stage.spec({ isolation: 'process' }));
  test.equal(plain.process.tier, 'process', 'one that is content with less runs');
});

await t.test('with allowUnsandboxed it runs as a process, and says so', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none', { allowUnsandboxed: true });
  const puppet = await stage.puppet(sandbox);
  test.equal(puppet.process.tier, 'process');
  test.not(puppet.process.enforcement.files, 'enforced');
});

await t.test('a worker must be first-party', async (test) => {
  await using stage = await Stage.open();
  await writeFile(join(stage.pluginDir, 'worker.mjs'), 'process.stdin.resume();');
  const spec = stage.spec({ isolation: 'worker', args: [join(stage.pluginDir, 'worker.mjs')] });
  const sandbox = await stage.sandbox('none');
  await test.rejects(sandbox.launch({ ...spec, isFirstParty: false }), { code: 'PERMISSION_REFUSED' });
  await using plugin = await sandbox.launch(spec);
  test.equal(plugin.tier, 'worker');
});

await t.test('an aborted launch leaves nothing running', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  const reason = new Error('not needed any more');
  await test.rejects(sandbox.launch(stage.spec(), AbortSignal.abort(reason)), reason);
  const late = new AbortController();
  const launch = sandbox.launch(stage.spec(), late.signal);
  late.abort(reason);
  await test.rejects(launch, reason);
});

await t.test(
  'the verdict is kept for the next boot, and found out anew when a launch fails',
  async (test) => {
    await using stage = await Stage.open();
    const cachePath = join(stage.dataDir, 'sandbox', 'verdict.json');
    const options = { dataDir: stage.dataDir, protectedPaths: [], allowUnsandboxed: false };
    await using first = await createSandbox(options);
    if (first.mechanism !== 'bubblewrap') {
      test.pass('kept', { skip: 'only the verdict "bubblewrap" is kept' });
      return;
    }
    const kept = await readFile(cachePath, 'utf8');
    // A kernel that trusted the cache alone would now start a program that is none.
    const broken = join(stage.outside, 'bwrap');
    await writeFile(broken, '#!/bin/sh\necho "bwrap: cannot" >&2\nexit 1\n', { mode: 0o755 });
    await writeFile(cachePath, kept.replace('"path":"/usr/bin/bwrap"', `"path":"${broken}"`));
    await using second = await createSandbox(options);
    await using failed = await second.launch(stage.spec());
    test.same(await failed.exited, { code: 1, signal: null });
    const puppet = await stage.puppet(second);
    test.same(await puppet.run('return 1'), { value: 1 });
  },
);

await t.test('a verdict that cannot be read is as good as none', async (test) => {
  await using stage = await Stage.open();
  await mkdir(join(stage.dataDir, 'sandbox'), { recursive: true });
  await writeFile(join(stage.dataDir, 'sandbox', 'verdict.json'), '{"key":');
  const sandbox = await createSandbox({
    dataDir: stage.dataDir,
    protectedPaths: [],
    allowUnsandboxed: false,
  });
  await sandbox[Symbol.asyncDispose]();
  test.ok(JSON.parse(await readFile(join(stage.dataDir, 'sandbox', 'verdict.json'), 'utf8')));
});

await t.test('the end of the sandbox is the end of its plugins', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await createSandbox({
    dataDir: stage.dataDir,
    protectedPaths: [],
    allowUnsandboxed: true,
    egress: { resolver: () => Promise.resolve(['127.0.0.1']) },
  });
  const spec = stage.spec({ permissions: { net: ['service.test:443'] } });
  const plugins = await Promise.all([sandbox.launch(spec), sandbox.launch(spec)]);
  await sandbox[Symbol.asyncDispose]();
  for (const plugin of plugins) test.equal((await plugin.exited).signal, 'SIGKILL');
  await test.rejects(access(join(stage.dataDir, 'sandbox', 'net')), { code: 'ENOENT' });
});

await t.test('a program that is not there is named', async (test) => {
  await using stage = await Stage.open();
  const sandbox = await stage.sandbox('none');
  const error: unknown = await sandbox
    .launch(stage.spec({ command: '/nowhere/tool' }))
    .catch((reason: unknown) => reason);
  test.ok(error instanceof NexusError && error.code === 'COMMAND_MISSING');
  test.match(String(error), /\/nowhere\/tool/);
});
