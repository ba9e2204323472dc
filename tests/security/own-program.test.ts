import { join } from 'node:path';
import t from 'tap';
import { rootDir } from '../../runtime/config.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';
import { echoManifest, runNexus } from '../fixtures/nexus-command.ts';

/** What the operator executes: who may write it has the operator's rights the next time. */
const OWN = ['bin', 'scripts', 'package.json', 'runtime', 'node_modules'];

const granted = (path: string) => ({ ...echoManifest, permissions: { fs: { write: [path] } } });
const nameOf = (path: string): string => `to-${path.replace(/[^a-z]/g, '-')}`;

const home = await createKernelHome();
for (const path of OWN) await home.writeManifest(nameOf(path), granted(join(rootDir, path)));
await home.writeManifest('to-workspace', granted(home.workspace));
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});

const call = (plugin: string) =>
  runNexus(['call', `${plugin}.echo`, '{"text":"started"}', '--data', home.data], { cwd: home.root });

for (const path of OWN) {
  await t.test(`no plugin may write ${path} of Nexus`, async (test) => {
    const { code, stdout } = await call(nameOf(path));
    test.not(code, 0);
    test.notMatch(stdout, /started/);
    const health = await runNexus(['plugin', 'health', nameOf(path), '--json', '--data', home.data], {
      cwd: home.root,
    });
    test.match(health.stdout, 'belongs to Nexus itself');
  });
}

await t.test('with another grant it starts', async (test) => {
  test.match(await call('to-workspace'), { code: 0, stdout: 'started\n' });
});
