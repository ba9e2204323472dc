import { createHash } from 'node:crypto';
import { canonicalJson } from '../../base/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';

/**
 * What of a tool's definition a person agrees to: all of it, but of `_meta` only what decides what the user is shown
 * (`ui` of MCP Apps, and its older flat spelling `ui/…`) and what this program acts on (`dev.nexus/approval`, slash
 * commands). Servers put times and versions into the rest.
 */
export function agreedPart({ _meta: meta, ...definition }: JsonObject): JsonObject {
  if (!isJsonObject(meta)) return definition;
  const agreed = Object.entries(meta).filter(([key]) => /^(?:ui$|ui\/|dev\.nexus\/)/.test(key));
  return agreed.length === 0 ? definition : { ...definition, _meta: Object.fromEntries(agreed) };
}

/** SHA-256 of the definition a person agrees to. The order of keys does not count; every character of a text does. */
export function definitionHash(definition: JsonObject): string {
  return createHash('sha256')
    .update(canonicalJson(agreedPart(definition)))
    .digest('hex');
}
