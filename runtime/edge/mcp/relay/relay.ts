import { messageOf, NexusError } from '../../../base/errors.ts';
import { RpcError, rpcCodes } from '../../../base/rpc-error.ts';
import {
  isJsonObject,
  type CallChannel,
  type JsonObject,
  type PluginHost,
} from '../../../contract/plugins.ts';
import { promptKey } from '../../../contract/definition.ts';
import type { Scope } from '../../../contract/scope.ts';
import type { Catalogue, Offer, ToolRunner } from '../../../contract/tools.ts';

/** How long a list waits for plugins that were never listed before, in milliseconds; later ones are announced. */
const firstListingMs = 3_000;
const readTimeoutMs = 60_000;

export interface RelayDeps {
  readonly host: PluginHost;
  readonly catalogue: Catalogue;
  readonly tools: ToolRunner;
}

/** Who sent a request, and through which edge. */
export interface Asker {
  readonly scope: Scope;
  readonly source: string;
  readonly client: string | null;
}

/** Answers one relayed request; the result is not yet shaped for the client's era. Rejects with an RpcError or a bug. */
export async function relay(
  deps: RelayDeps,
  request: { readonly method: string; readonly params: JsonObject },
  asker: Asker,
  channel: CallChannel,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { method, params } = request;
  if (method === 'tools/call') return await callTool(deps, params, asker, channel, signal);
  const { catalogue, host } = deps;
  if (method.endsWith('/list')) {
    await host.listed(firstListingMs);
    return list(catalogue, method);
  }
  const { offer, forwarded } = route(catalogue, method, params);
  try {
    return await host.call(offer.plugin, method, forwarded, { channel, signal, timeoutMs: readTimeoutMs });
  } catch (error) {
    throw toRpcError(error);
  }
}

function list(catalogue: Catalogue, method: string): JsonObject {
  switch (method) {
    case 'tools/list':
      return { tools: catalogue.tools() };
    case 'prompts/list':
      return { prompts: catalogue.prompts() };
    case 'resources/list':
      return { resources: catalogue.resources() };
    default:
      return { resourceTemplates: catalogue.resourceTemplates() };
  }
}

async function callTool(
  deps: RelayDeps,
  params: JsonObject,
  asker: Asker,
  channel: CallChannel,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { name, arguments: args } = params;
  if (typeof name !== 'string') throw new RpcError(rpcCodes.invalidParams, 'params.name must be a string');
  if (args !== undefined && !isJsonObject(args)) {
    throw new RpcError(rpcCodes.invalidParams, 'params.arguments must be an object');
  }
  // A client may call by a remembered name while a cold plugin is still being listed.
  if (deps.catalogue.tool(name) === undefined) await deps.host.listedFor(name);
  const call = { tool: name, args: args ?? {}, source: asker.source, client: asker.client };
  try {
    const { result } = await deps.tools.invoke(asker.scope, call, channel, signal);
    return result;
  } catch (error) {
    if (!(error instanceof NexusError) || error.code === 'TOOL_UNKNOWN') throw toRpcError(error);
    // An error result reaches the model, which can act on it; a protocol error often does not (2025-11-25, "Error Handling").
    return {
      content: [{ type: 'text', text: error.message }],
      isError: true,
      _meta: { 'dev.nexus/code': error.code },
    };
  }
}

function route(
  catalogue: Catalogue,
  method: string,
  params: JsonObject,
): { offer: Offer; forwarded: JsonObject } {
  const { _meta, requestState: _state, inputResponses: _responses, ...forwarded } = params;
  if (method === 'prompts/get') {
    const offer = typeof params['name'] === 'string' ? catalogue.prompt(params['name']) : undefined;
    const held = offer === undefined ? catalogue.held(promptKey(String(params['name']))) : undefined;
    if (held !== undefined) throw toRpcError(held);
    if (offer === undefined)
      throw new RpcError(rpcCodes.invalidParams, `Unknown prompt: ${String(params['name'])}`);
    return { offer, forwarded: { ...forwarded, name: offer.name } };
  }
  if (method === 'resources/read') {
    const offer = typeof params['uri'] === 'string' ? catalogue.resource(params['uri']) : undefined;
    if (offer === undefined)
      throw new RpcError(rpcCodes.invalidParams, 'Resource not found', { uri: params['uri'] });
    return { offer, forwarded };
  }
  const ref = isJsonObject(params['ref']) ? params['ref'] : {};
  const isPrompt = ref['type'] === 'ref/prompt';
  const key = String(isPrompt ? ref['name'] : ref['uri']);
  const offer = isPrompt
    ? catalogue.prompt(key)
    : (catalogue.resourceTemplate(key) ?? catalogue.resource(key));
  if (offer === undefined)
    throw new RpcError(rpcCodes.invalidParams, `Nothing to complete is named "${key}"`);
  return { offer, forwarded: isPrompt ? { ...forwarded, ref: { ...ref, name: offer.name } } : forwarded };
}

/** What a client is told of a failure that is no tool result. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (!(error instanceof NexusError)) return new RpcError(rpcCodes.internal, messageOf(error));
  const code = error.status < 500 ? rpcCodes.invalidParams : rpcCodes.internal;
  return new RpcError(code, error.message, { code: error.code });
}
