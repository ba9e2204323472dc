import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { createSandbox } from '../../runtime/sandbox/index.ts';
import { specFor } from './fixtures.ts';

await t.test('a stdio program runs, answers and ends with its input', async (test) => {
  const dir = test.testdir({ data: {}, plugin: { data: {} } });
  writeFileSync(
    join(dir, 'plugin/main.mjs'),
    `import { createInterface } from 'node:readline';
     for await (const line of createInterface({ input: process.stdin })) console.log(line.toUpperCase());
     console.error('bye');`,
  );
  await using sandbox = await createSandbox({
    dataDir: join(dir, 'data'),
    protectedPaths: [],
    allowUnsandboxed: false,
  });
  test.equal(sandbox.tier, 'sandbox');
  const plugin = await sandbox.launch(specFor(join(dir, 'plugin')));
  const errors = text(plugin.stderr);
  const lines = createInterface({ input: plugin.stdout })[Symbol.asyncIterator]();
  plugin.stdin.write('hello\n');
  test.equal((await lines.next()).value, 'HELLO');
  test.same(await plugin.stop(5_000), { code: 0, signal: null });
  test.equal(await errors, 'bye\n');
});

await t.test('kill ends the tree', async (test) => {
  const dir = test.testdir({
    data: {},
    plugin: { data: {}, 'main.mjs': 'setInterval(() => {}, 1000); console.log("up")' },
  });
  await using sandbox = await createSandbox({
    dataDir: join(dir, 'data'),
    protectedPaths: [],
    allowUnsandboxed: false,
  });
  const plugin = await sandbox.launch(specFor(join(dir, 'plugin')));
  await new Promise((resolve) => plugin.stdout.once('data', resolve));
  test.same(await plugin.kill(), { code: null, signal: 'SIGKILL' });
});
