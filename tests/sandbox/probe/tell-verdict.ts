// A kernel in a process of its own: tells what it can enforce, and what a plugin says that tries to read a file.
import { join } from 'node:path';
import { createSandbox } from '../../../runtime/sandbox/index.ts';
import { Puppet } from '../fixtures.ts';

const [, , dataDir = '', pluginDir = ''] = process.argv;
await using sandbox = await createSandbox({ dataDir, protectedPaths: [], allowUnsandboxed: true });
const plugin = await sandbox.launch({
  plugin: 'puppet',
  isolation: 'sandbox',
  command: 'node',
  args: [join(pluginDir, 'puppet.mjs')],
  cwd: pluginDir,
  env: {},
  isFirstParty: false,
  packageDirs: [pluginDir],
  dataDir: join(dataDir, 'plugins', 'puppet'),
  permissions: { fs: { read: [], write: [] }, net: [], env: [], exec: false },
  limits: { memoryMb: 256, pids: 64, timeoutMs: 60_000, concurrency: 64, outputBytes: 1_048_576 },
});
await using puppet = new Puppet(plugin);
const answer = await puppet.run(`return require('node:fs').readFileSync('/etc/hostname', 'utf8')`);
const { tier, mechanism, probes } = sandbox;
console.log(JSON.stringify({ tier, mechanism, probes, answer }));
