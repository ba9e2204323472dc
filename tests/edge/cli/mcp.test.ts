import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { runSchema } from '../../../runtime/contract/api.ts';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel, type KernelHome } from '../../fixtures/kernel-process.ts';
import { echoManifest, runNexus } from '../../fixtures/nexus-command.ts';
import { StdioClient } from '../../fixtures/stdio-client.ts';

const newHome = () => createKernelHome({ echo: echoManifest });
const pidOf = (home: KernelHome): number =>
  z.object({ pid: z.int() }).parse(JSON.parse(readFileSync(join(home.data, 'kernel.json'), 'utf8'))).pid;

await t.test('attaches to the kernel that runs, which goes on afterwards', async (t) => {
  await using home = await newHome();
  const kernel = await startKernel(home);
  await using client = new StdioClient(home.args);
  t.match(await client.handshake(), { result: { serverInfo: { name: 'nexus' } } });
  t.equal(await client.call('echo__echo', { text: 'hé' }), 'hé');
  t.equal(await client.end(), 0);
  t.same(client.strayLines, []);
  t.equal(client.stderr, '');
  const [run] = await apiOf(kernel).get('/api/runs', z.array(runSchema));
  t.match(run, { source: 'stdio', client: 'stdio-client', state: 'SUCCEEDED' });
  await kernel.stop();
});

await t.test('starts a kernel when none runs, and takes it along when it ends', async (t) => {
  await using home = await newHome();
  await using client = new StdioClient(home.args);
  await client.handshake();
  t.equal(await client.call('echo__echo', { text: 'own' }), 'own');
  t.equal(pidOf(home), client.pid);
  t.match(await runNexus(['call', 'echo.echo', '{"text":"from outside"}', '--data', home.data]), {
    stdout: 'from outside\n',
  });
  t.equal(await client.end(), 0);
  t.same(client.strayLines, []);
  t.notOk(existsSync(join(home.data, 'kernel.json')));
});

for (const isOwner of [true, false]) {
  await t.test(`answers what is in flight when its input ends (own kernel: ${isOwner})`, async (t) => {
    await using home = await newHome();
    const kernel = isOwner ? undefined : await startKernel(home);
    await using client = new StdioClient(home.args);
    await client.handshake();
    const slow = client.call('echo__later', { ms: 400 });
    const slower = client.call('echo__later', { ms: 600 });
    const code = client.end();
    t.equal(await slow, 'late');
    t.equal(await slower, 'late');
    t.equal(await code, 0);
    await kernel?.stop();
  });
}

await t.test('of several that start at once one brings the kernel', async (t) => {
  await using home = await newHome();
  const clients = Array.from({ length: 4 }, () => new StdioClient(home.args));
  await Promise.all(clients.map((client) => client.handshake()));
  const texts = clients.map((_, at) => `client ${at}`);
  t.same(
    await Promise.all(clients.map((client, at) => client.call('echo__echo', { text: texts[at] }))),
    texts,
  );
  t.ok(clients.some(({ pid }) => pid === pidOf(home)));
  const owner = clients.find(({ pid }) => pid === pidOf(home));
  for (const client of clients) if (client !== owner) t.equal(await client.end(), 0);
  t.equal(await owner?.end(), 0);
  t.same(
    clients.flatMap(({ strayLines, stderr }) => [...strayLines, stderr].filter(Boolean)),
    [],
  );
});

await t.test(
  'when the one with the kernel leaves, the others go on with a kernel of their own',
  async (t) => {
    await using home = await newHome();
    await using owner = new StdioClient(home.args);
    await owner.handshake();
    await using left = new StdioClient(home.args);
    await using right = new StdioClient(home.args);
    await Promise.all([left.handshake(), right.handshake()]);
    t.equal(await left.call('echo__echo', { text: 'before' }), 'before');
    const lost = left.call('echo__wait');
    while ((await runNexus(['runs', '--state', 'running', '--data', home.data])).stdout === 'No runs.\n');
    t.equal(await owner.end(), 0);
    t.match(await lost, /^KERNEL_GONE: |^RUN_CANCELED: /, 'a call in flight is answered');
    t.equal(await left.call('echo__echo', { text: 'after' }), 'after');
    t.equal(await right.call('echo__echo', { text: 'after too' }), 'after too');
    t.ok([left.pid, right.pid].includes(pidOf(home)), 'one of the two has it now');
    t.equal(await left.end(), 0);
    t.equal(await right.end(), 0);
    t.same([...left.strayLines, ...right.strayLines, left.stderr, right.stderr].filter(Boolean), []);
  },
);

await t.test('a kernel that is killed is replaced', async (t) => {
  await using home = await newHome();
  const kernel = await startKernel(home);
  await using client = new StdioClient(home.args);
  await client.handshake();
  t.equal(await client.call('echo__echo', { text: '1' }), '1');
  const lost = client.call('echo__wait');
  while ((await runNexus(['runs', '--state', 'running', '--data', home.data])).stdout === 'No runs.\n');
  await kernel.kill();
  t.match(await lost, /^KERNEL_GONE: The kernel ended before it answered/);
  t.equal(await client.call('echo__echo', { text: '2' }), '2');
  t.equal(pidOf(home), client.pid);
  t.equal(await client.end(), 0);
});

await t.test('a signal ends it at once, calls in flight or not', async (t) => {
  await using home = await newHome();
  await using client = new StdioClient(home.args);
  await client.handshake();
  void client.call('echo__wait');
  while ((await runNexus(['runs', '--state', 'running', '--data', home.data])).stdout === 'No runs.\n');
  t.equal(await client.kill('SIGTERM'), 0);
  t.notOk(existsSync(join(home.data, 'kernel.json')));
});

await t.test('what keeps it from starting goes to stderr', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file');
  const { code, stdout, stderr } = await runNexus(['mcp', '--data', file]);
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^CONFIG_INVALID: --data is /);
});
