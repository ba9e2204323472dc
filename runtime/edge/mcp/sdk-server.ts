import { Server } from '@modelcontextprotocol/server';
import { kernelInfo } from '../../contract/mcp.ts';

const instructions =
  'Tools of all installed plugins. A name reads plugin__tool; a result with isError says in its text what to do.';

/** The SDK's side of one conversation: handshake, discovery, ping, subscriptions. Relayed requests never reach it. */
export function createSdkServer(): Server {
  return new Server(kernelInfo, {
    instructions,
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      completions: {},
      logging: {},
    },
  });
}
