import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { FileFault } from './faults.ts';
import { createServer } from './server.ts';
import { TurnQueue } from './turn-queue.ts';
import { Workspace } from './workspace.ts';

try {
  const workspace = new Workspace(process.env['NEXUS_WORKSPACE'] ?? process.cwd());
  const toolbox = { workspace, changes: new TurnQueue() };
  serveStdio(() => createServer(toolbox), {
    onerror: (error) => process.stderr.write(`${error.message}\n`),
  });
} catch (error) {
  if (!(error instanceof FileFault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
