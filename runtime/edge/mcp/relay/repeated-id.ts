import { rpcCodes } from '../../../base/rpc-error.ts';
import type { JsonObject } from '../../../contract/plugins.ts';

/**
 * The refusal of a request that has the id of one still in flight (2025-11-25 and 2026-07-28, "Requests": an id must not
 * be used again). It carries no id itself: an error with this id would end the first request at the client.
 */
export function refuseRepeatedId(id: unknown): JsonObject {
  const message = `Invalid Request: the request with id ${JSON.stringify(id)} is not answered yet`;
  return { jsonrpc: '2.0', id: null, error: { code: rpcCodes.invalidRequest, message } };
}
