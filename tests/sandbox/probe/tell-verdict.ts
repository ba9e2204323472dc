// A kernel in a process of its own: tells what it can enforce, and what a plugin says that tries to read a file.
import { createSandbox } from '../../../runtime/sandbox/index.ts';
import { Puppet, puppetSpec } from '../fixtures.ts';

const [, , dataDir = '', pluginDir = ''] = process.argv;
await using sandbox = await createSandbox({ dataDir, protectedPaths: [], allowUnsandboxed: true });
const plugin = await sandbox.launch(puppetSpec({ dataDir, pluginDir }));
await using puppet = new Puppet(plugin);
const answer = await puppet.run(`return require('node:fs').readFileSync('/etc/hostname', 'utf8')`);
const { tier, mechanism, probes } = sandbox;
console.log(JSON.stringify({ tier, mechanism, probes, answer }));
