import { RpcError, rpcCodes } from '../base/rpc-error.ts';
import { isJsonObject, type JsonObject, type PluginListing } from '../contract/plugins.ts';
import { abortable, envelope, type Handshake } from './handshake.ts';
import type { Peer } from './peer.ts';

/** A plugin that lists more than this is cut off there. */
const itemLimit = 10_000;
const pageLimit = 200;
/** A plugin whose list of one kind is larger than this, in characters of JSON, does not start: every client would get all of it. */
const listLimit = 4 * 1024 * 1024;

/** Asks a plugin for everything it offers, page by page. */
export async function fetchListing(
  peer: Peer,
  hands: Handshake,
  signal: AbortSignal,
): Promise<PluginListing> {
  const list = async (capability: string, method: string, key: string): Promise<readonly JsonObject[]> =>
    hands.capabilities[capability] === undefined
      ? []
      : await fetchPages({ peer, hands, signal }, method, key);
  const [tools, prompts, resources, resourceTemplates] = await Promise.all([
    list('tools', 'tools/list', 'tools'),
    list('prompts', 'prompts/list', 'prompts'),
    list('resources', 'resources/list', 'resources'),
    list('resources', 'resources/templates/list', 'resourceTemplates'),
  ]);
  return { ...hands, tools, prompts, resources, resourceTemplates };
}

async function fetchPages(
  from: { readonly peer: Peer; readonly hands: Handshake; readonly signal: AbortSignal },
  method: string,
  key: string,
): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  let cursor: unknown;
  let size = 0;
  for (let page = 0; page < pageLimit && items.length < itemLimit; page++) {
    const params = {
      ...(from.hands.era === 'modern' ? { _meta: envelope({}) } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const result = await abortable(from.peer.request(method, params), from.signal).catch(
      (error: unknown): JsonObject => {
        // Many servers declare resources without templates and do not know that method.
        if (error instanceof RpcError && error.code === rpcCodes.methodNotFound) return {};
        throw error;
      },
    );
    const found: unknown = result[key];
    size += JSON.stringify(found)?.length ?? 0;
    if (size > listLimit) throw new Error(`its ${method} is larger than ${listLimit} characters`);
    if (Array.isArray(found)) items.push(...found.filter(isJsonObject));
    cursor = result['nextCursor'];
    if (typeof cursor !== 'string') break;
  }
  return items.slice(0, itemLimit);
}

/** A listing read back from the cache, or null when it is none. */
export function readListing(value: unknown): PluginListing | null {
  if (!isJsonObject(value)) return null;
  const { era, serverInfo, capabilities, instructions } = value;
  if ((era !== 'modern' && era !== 'legacy') || !isJsonObject(serverInfo) || !isJsonObject(capabilities))
    return null;
  const list = (key: string): readonly JsonObject[] => {
    const items: unknown = value[key];
    return Array.isArray(items) ? items.filter(isJsonObject) : [];
  };
  return {
    era,
    serverInfo,
    capabilities,
    instructions: typeof instructions === 'string' ? instructions : null,
    tools: list('tools'),
    prompts: list('prompts'),
    resources: list('resources'),
    resourceTemplates: list('resourceTemplates'),
  };
}
