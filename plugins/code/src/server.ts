import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { MemorySlots } from './memory-slots.ts';
import { registerRunJavascript } from './run-javascript.ts';

/** Less than `limits.memoryMb` of the manifest by what this server needs itself. */
const SCRIPTS_MB = 960;
const MAX_WAITING = 64;

/** Serves MCP on stdio. */
export function serve(): void {
  const slots = new MemorySlots(SCRIPTS_MB, MAX_WAITING);
  serveStdio(
    () => {
      const server = new McpServer(
        { name: 'code', version: '0.1.0' },
        {
          instructions:
            'Computes with JavaScript. Scripts have no files, no network and no Node; each starts from nothing.',
        },
      );
      registerRunJavascript(server, slots);
      return server;
    },
    { onerror: (error) => process.stderr.write(`${error.message}\n`) },
  );
}
