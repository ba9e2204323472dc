import { RpcError, rpcCodes } from '../../../base/rpc-error.ts';
import type { InputRequest, JsonObject } from '../../../contract/plugins.ts';

const capabilityOf: Readonly<Record<string, string>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

/** Rejects with -32021 (2026-07-28, MissingRequiredClientCapability) when the client cannot answer one of the requests. */
export function requireCapabilities(
  requests: Readonly<Record<string, InputRequest>>,
  capabilities: JsonObject,
): void {
  for (const { method } of Object.values(requests)) {
    const capability = capabilityOf[method];
    if (capability === undefined)
      throw new RpcError(rpcCodes.methodNotFound, `"${method}" is not an input request`);
    if (capabilities[capability] === undefined) {
      const data = { requiredCapabilities: { [capability]: {} } };
      throw new RpcError(
        rpcCodes.missingCapability,
        `The client does not declare the capability "${capability}"`,
        data,
      );
    }
  }
}
