/** W3C trace context fields of `_meta` that are passed on to plugins. */
export const traceKeys = ['traceparent', 'tracestate', 'baggage'] as const;

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
