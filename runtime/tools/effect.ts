import type { Effect, Manifest } from '../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';

/**
 * What a tool does to the world: the manifest's word, else what the plugin annotates (MCP 2025-11-25,
 * "ToolAnnotations"), else the worst. Annotations are a plugin's own claim: they sort records, they permit nothing.
 */
export function effectOf(manifest: Manifest, tool: string, definition: JsonObject): Effect {
  const declared = manifest.tools[tool]?.effect;
  if (declared !== undefined) return declared;
  const hints = isJsonObject(definition['annotations']) ? definition['annotations'] : {};
  if (hints['readOnlyHint'] === true) return 'read';
  if (hints['idempotentHint'] === true) return 'idempotent';
  return hints['destructiveHint'] === false ? 'reversible' : 'irreversible';
}
