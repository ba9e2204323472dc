import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/canonical-json.ts';
import { isJsonObject, type JsonObject } from './plugins.ts';
import type { ToolEntry } from './tools.ts';

/**
 * What of a tool's or a prompt's definition a person agrees to: all of it, but of `_meta` only what decides what the user is shown
 * (`ui` of MCP Apps, and its older flat spelling `ui/…`) and what this program acts on (`dev.nexus/approval`, slash
 * commands). Servers put times and versions into the rest.
 */
export function agreedPart({ _meta: meta, ...definition }: JsonObject): JsonObject {
  if (!isJsonObject(meta)) return definition;
  const agreed = Object.entries(meta).filter(([key]) => /^(?:ui$|ui\/|dev\.nexus\/)/.test(key));
  return agreed.length === 0 ? definition : { ...definition, _meta: Object.fromEntries(agreed) };
}

/**
 * What a prompt of a plugin is called among its tools, where both are agreed to. No tool of such a name is ever offered:
 * names of tools have no colon.
 */
export function promptKey(name: string): string {
  return `prompt:${name}`;
}

/** SHA-256 of the definition a person agrees to. The order of keys does not count; every character of a text does. */
export function definitionHash(definition: JsonObject): string {
  return createHash('sha256')
    .update(canonicalJson(agreedPart(definition)))
    .digest('hex');
}

/**
 * SHA-256 of what a person allows who allows a call: whose tool it is and where that comes from, what it does to the
 * world, and its definition. Another hash is another tool.
 */
export function toolHash(entry: ToolEntry): string {
  const known = toolHashes.get(entry);
  if (known !== undefined) return known;
  const { plugin, tool, effect, definition, manifest } = entry;
  const agreed = [plugin, tool, effect, manifest.source, agreedPart(definition)];
  const hash = createHash('sha256').update(canonicalJson(agreed)).digest('hex');
  toolHashes.set(entry, hash);
  return hash;
}

/** Entries never change, they are replaced. */
const toolHashes = new WeakMap<ToolEntry, string>();
