// A kernel that was started with a directory open: starts a plugin that looks for a way out through it, and tells.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { createSandbox } from '../../runtime/sandbox/index.ts';
import { isMechanism, Puppet, puppetSpec } from '../sandbox/fixtures.ts';

const LOOK = `
  const fs = require('node:fs');
  const found = [];
  for (let fd = 3; fd < 64; fd++) {
    try { found.push(fs.readFileSync('/proc/self/fd/' + fd + '/secret', 'utf8')) } catch {}
  }
  return found`;

const [, , mechanism, dataDir = '', pluginDir = ''] = process.argv;
if (isMechanism(mechanism)) {
  await using sandbox = await createSandbox({
    dataDir,
    protectedPaths: [],
    allowUnsandboxed: false,
    forceMechanism: mechanism,
  });
  if (sandbox.tier === 'sandbox') {
    const plugin = await sandbox.launch(puppetSpec({ dataDir, pluginDir }));
    await using puppet = new Puppet(plugin);
    console.log(JSON.stringify(await puppet.run(LOOK)));
  } else {
    console.log(`skipped: ${mechanism} does not work here`);
  }
} else {
  const child = spawn(process.execPath, ['--eval', `console.log(((require) => {${LOOK}})(require))`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(await text(child.stdout));
}
