import { McpServer } from '@modelcontextprotocol/server';
import { registerDelete } from './delete.ts';
import { registerEditFile } from './edit-file.ts';
import { registerGrepSearch } from './grep-search.ts';
import { registerListDir } from './list-dir.ts';
import { registerMove } from './move.ts';
import { registerReadFile } from './read-file.ts';
import type { Toolbox } from './toolbox.ts';
import { registerWriteFile } from './write-file.ts';

/** A server with the seven file tools, for one connection. */
export function createServer(toolbox: Toolbox): McpServer {
  const server = new McpServer(
    { name: 'filesystem', version: '0.1.0' },
    {
      instructions:
        'Files of one workspace folder. Every path is relative to it; nothing outside it can be reached.',
    },
  );
  registerReadFile(server, toolbox);
  registerWriteFile(server, toolbox);
  registerEditFile(server, toolbox);
  registerListDir(server, toolbox);
  registerGrepSearch(server, toolbox);
  registerMove(server, toolbox);
  registerDelete(server, toolbox);
  return server;
}
