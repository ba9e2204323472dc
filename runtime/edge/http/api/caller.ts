import type { HttpBindings } from '@hono/node-server';
import { NexusError } from '../../../base/errors.ts';
import { RpcError } from '../../../base/rpc-error.ts';
import type { CallChannel } from '../../../contract/plugins.ts';
import type { ToolResult } from '../../../contract/tools.ts';
import type { Kernel } from '../../../index.ts';

/** How long a request waits for plugins that were never listed before, in milliseconds. */
export const firstListingMs = 5_000;

/** Aborted when the caller goes away before it was answered. */
export function goneSignal({ outgoing }: HttpBindings, tool: string): AbortSignal {
  const gone = new AbortController();
  outgoing.once('close', () => {
    const reason = { tool, reason: 'the caller went away' };
    if (!outgoing.writableFinished) gone.abort(new NexusError('RUN_CANCELED', reason));
  });
  return gone.signal;
}

/** A caller of the API is a program: it cannot be asked anything while its call is in flight. */
export function channelOf(kernel: Pick<Kernel, 'newId'>): CallChannel {
  return {
    caller: `api:${kernel.newId()}`,
    capabilities: {},
    answer: (requests) => {
      const [asked] = Object.values(requests);
      const method = asked?.method ?? 'input';
      return Promise.reject(new RpcError(-32_601, `a caller of the API cannot answer "${method}"`));
    },
  };
}

/** The result of a run; what a plugin refuses by JSON-RPC becomes CALL_REFUSED. */
export async function answered(tool: string, run: Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new NexusError('CALL_REFUSED', { tool, problem: error.message, code: error.code }, error);
  }
}
