import type { IncomingMessage, ServerResponse } from 'node:http';
import { RpcError, rpcCodes } from '../../base/rpc-error.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { HttpReply } from './http-reply.ts';
import { decodeHeader, paramHeaderMismatch } from './param-headers.ts';
import { metaKeys, modernVersion } from '../../contract/mcp.ts';
import { relayedMethods } from './protocol.ts';
import { clientName, hasEnvelope, type ModernCalls } from './relay/modern-calls.ts';
import type { Asker, RelayDeps } from './relay/relay.ts';

/** Whether a POST is a wholly regular 2026-07-28 request that is relayed; everything else is the SDK's to serve or refuse. */
export function isRelayedModern(
  req: IncomingMessage,
  body: unknown,
): body is JsonObject & { params: JsonObject } {
  if (!isJsonObject(body) || body['jsonrpc'] !== '2.0' || !isJsonObject(body['params'])) return false;
  const { id, method, params } = body;
  if ((typeof id !== 'string' && typeof id !== 'number') || typeof method !== 'string') return false;
  if (!relayedMethods.has(method) || !hasEnvelope(params)) return false;
  const meta = params['_meta'];
  if (!isJsonObject(meta) || meta[metaKeys.version] !== modernVersion) return false;
  const { headers } = req;
  if (headers['mcp-protocol-version'] !== modernVersion || headers['mcp-method'] !== method) return false;
  const named = method === 'resources/read' ? params['uri'] : params['name'];
  const needsName = method === 'tools/call' || method === 'prompts/get' || method === 'resources/read';
  const name = headers['mcp-name'];
  return !needsName || (typeof name === 'string' && decodeHeader(name) === named);
}

/** Serves one relayed 2026-07-28 request. */
export async function serveModern(
  deps: RelayDeps & { readonly calls: ModernCalls },
  exchange: { readonly req: IncomingMessage; readonly res: ServerResponse },
  body: JsonObject & { params: JsonObject },
  from: Omit<Asker, 'client'>,
): Promise<void> {
  const { req, res } = exchange;
  const { id, params } = body;
  const method = String(body['method']);
  const reply = new HttpReply(res);
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort(new Error('the client went away'));
  });
  try {
    checkParamHeaders(deps, method, params, req);
    const asker = { ...from, client: clientName(params) };
    const notify = (name: string, sent: JsonObject): void =>
      reply.send({ jsonrpc: '2.0', method: name, params: sent });
    const result = await deps.calls.serve({ method, params }, asker, notify, gone.signal);
    reply.end({ jsonrpc: '2.0', id, result });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code, message, data } = error;
    const isRefusal = code === rpcCodes.missingCapability || code === rpcCodes.headerMismatch;
    const sent = { code, message, ...(data === undefined ? {} : { data }) };
    reply.end({ jsonrpc: '2.0', id, error: sent }, isRefusal ? 400 : 200);
  }
}

function checkParamHeaders(deps: RelayDeps, method: string, params: JsonObject, req: IncomingMessage): void {
  if (method !== 'tools/call') return;
  const definition = deps.catalogue.tool(String(params['name']))?.definition;
  const mismatch = paramHeaderMismatch(definition?.['inputSchema'], params['arguments'], req.headers);
  if (mismatch === null) return;
  throw new RpcError(
    rpcCodes.headerMismatch,
    `Bad Request: the request headers and body disagree: ${mismatch}`,
  );
}
