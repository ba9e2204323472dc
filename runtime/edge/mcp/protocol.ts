import type { JsonObject } from '../../contract/plugins.ts';

const traceKeys = ['traceparent', 'tracestate', 'baggage'] as const;

/** The W3C trace context in a request's `_meta`, which is passed on to plugins as it is. */
export function traceOf(meta: JsonObject): JsonObject | undefined {
  let trace: JsonObject | undefined;
  for (const key of traceKeys) if (meta[key] !== undefined) trace = { ...trace, [key]: meta[key] };
  return trace;
}

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
