/** MCP revisions served: one modern, and the legacy ones that the SDK negotiates in `initialize`. */
export const modernVersion = '2026-07-28';

/** Keys of the 2026-07-28 request envelope and of result metadata (basic, "_meta"). */
export const metaKeys = {
  version: 'io.modelcontextprotocol/protocolVersion',
  client: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  server: 'io.modelcontextprotocol/serverInfo',
} as const;

/** W3C trace context fields of `_meta` that are passed on to plugins. */
export const traceKeys = ['traceparent', 'tracestate', 'baggage'] as const;

export const kernelInfo = { name: 'nexus', version: '0.1.0' };

/** Requests that are relayed to plugins or answered from the catalogue; the SDK serves all others. */
export const relayedMethods: ReadonlySet<string> = new Set([
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
]);
