import type { Effect, Manifest } from '../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';

/**
 * What a tool does to the world: the manifest's word, else the worst. What a plugin annotates is a claim of its own
 * (MCP 2025-11-25, "ToolAnnotations": hints that must not be trusted), so it counts only where it asks for more care than the
 * manifest: a tool that says of itself that it destroys does not count as one that only reads.
 */
export function effectOf(manifest: Manifest, tool: string, definition: JsonObject): Effect {
  const declared = manifest.tools[tool]?.effect ?? 'irreversible';
  const hints = isJsonObject(definition['annotations']) ? definition['annotations'] : {};
  const isDestructive = hints['destructiveHint'] === true && hints['readOnlyHint'] !== true;
  return declared === 'read' && isDestructive ? 'irreversible' : declared;
}
