// A kernel in a process of its own: starts one plugin that has an orphan, tells all process ids, and waits to be killed.
import { readdir } from 'node:fs/promises';
import { parentOf } from '../../runtime/sandbox/host-processes.ts';
import { createSandbox } from '../../runtime/sandbox/index.ts';
import { type ForcedMechanism, isMechanism, Puppet, puppetSpec } from './fixtures.ts';

const [, , name, dataDir = '', pluginDir = ''] = process.argv;
const mechanism: ForcedMechanism = isMechanism(name) ? name : 'none';

async function descendantsOf(ancestor: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const parents = await Promise.all(pids.map(parentOf));
  const children = pids.filter((_, index) => parents[index] === ancestor);
  const further = await Promise.all(children.map(descendantsOf));
  return [...children, ...further.flat()];
}

const sandbox = await createSandbox({
  dataDir,
  protectedPaths: [],
  allowUnsandboxed: true,
  forceMechanism: mechanism,
});
const plugin = await sandbox.launch(
  puppetSpec(
    { dataDir, pluginDir },
    {
      // Without namespaces or a watching launcher nobody can end what a plugin has detached.
      permissions: { exec: mechanism !== 'none' },
    },
  ),
);
const puppet = new Puppet(plugin);
await puppet.run('setInterval(() => {}, 1e6)');
if (mechanism !== 'none') {
  await puppet.run(`
    const child = require('node:child_process').spawn(
      '/usr/bin/setsid', ['--fork', '/usr/bin/sleep', '86400'], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));`);
}
console.log(JSON.stringify(await descendantsOf(process.pid)));
setInterval(() => {}, 1e6);
