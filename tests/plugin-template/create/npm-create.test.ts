import '../../fixtures/plain-children.ts';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { pluginSchema } from '../../../runtime/contract/api.ts';
import { makeInstallation, typeCommand } from '../../fixtures/installation.ts';
import { apiOf } from '../../fixtures/kernel-api.ts';
import { startKernel } from '../../fixtures/kernel-process.ts';

/** Ten times what it takes on two idle processors. */
const BOUND_MS = 90_000;

for (const [language, flags] of [
  ['TypeScript', ''],
  ['JavaScript', ' -- --js'],
] as const) {
  await t.test(`${language}: three commands from nothing to a tested plugin that answers`, async (t) => {
    const root = makeInstallation(t);
    const args = ['data', 'manifests', 'plugins', 'workspace'].flatMap((name) => [
      `--${name}`,
      join(root, name),
    ]);
    // A kernel that runs already, and knows nothing of what is coming.
    await using kernel = await startKernel({ root, args }, ['--allow-unsandboxed']);
    const startedMs = performance.now();
    const steps = [
      `npm create nexus-plugin weather${flags}`,
      'npm test --prefix plugins/weather',
      `bin/nexus call weather.greet '{"who":"Ada"}' --data data`,
    ];
    const outcomes = [];
    for (const step of steps) outcomes.push(await typeCommand(root, step));
    const tookMs = performance.now() - startedMs;

    t.same(
      outcomes.map(({ code, stdout, stderr }) => (code === 0 ? code : `${stdout}\n${stderr}`)),
      [0, 0, 0],
    );
    const [created, tested, called] = outcomes;
    t.match(created?.stdout, /^Wrote plugins\/weather: /m);
    t.match(created?.stdout, /^Wrote manifests\/weather\.json: a running Nexus has the plugin now$/m);
    t.match(tested?.stdout, /^ℹ pass [45]$/m);
    t.match(tested?.stdout, /^ℹ fail 0$/m);
    t.equal(called?.stdout, 'Hello, Ada! (number 1)\n');
    t.comment(`three commands took ${(tookMs / 1000).toFixed(1)} s`);
    t.ok(tookMs < BOUND_MS, `in less than ${BOUND_MS / 1000} s`);

    const api = apiOf(kernel);
    t.match(await api.get('/api/plugins', z.array(pluginSchema)), [{ name: 'weather', state: 'active' }]);
  });
}

await t.test('what npm create cannot do it says, with an exit code', async (t) => {
  const root = makeInstallation(t);
  const create = (words: string) => typeCommand(root, `npm create nexus-plugin ${words}`);
  t.match(await create(''), { code: 2, stderr: /^USAGE: The name is missing\./m });
  t.match(await create('a b'), { code: 2, stderr: /^USAGE: "b" is too much\./m });
  t.match(await create('Weather'), { code: 2, stderr: /as in "weather"\.$/m });
  t.match(await create('weather -- --jss'), { code: 2, stderr: /^USAGE: Unknown option '--jss'\. /m });
  t.match(await create('-- --help'), { code: 0, stdout: /--no-manifest/ });
  t.match(await create('-- --version'), { code: 0, stdout: /^\d+\.\d+\.\d+$/m });
  const spaced = 'weather -- --dir "sp ace/weather"';
  t.match(await create(`${spaced} --no-manifest`), {
    code: 0,
    stdout: /npm test --prefix 'sp ace\/weather'\n.*npx nexus plugin add 'sp ace\/weather' /,
  });
  t.match(await create(spaced), { code: 1, stderr: /^NAME_TAKEN: /m });
});
