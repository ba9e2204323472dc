import type { Tool } from '../../../contract/api.ts';
import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';
import type { ToolEntry } from '../../../contract/tools.ts';
import { whyAsk, type Kernel } from '../../../index.ts';

/** A tool of the catalogue as the API shows it. */
export function viewTool(entry: ToolEntry, { settings }: Pick<Kernel, 'settings'>): Tool {
  const { publicName, plugin, tool, definition, effect, approval, manifest } = entry;
  const { title, description, inputSchema, outputSchema, annotations } = definition;
  const { effect: saidEffect = null, approval: saidApproval = null } =
    (Object.hasOwn(manifest.tools, tool) ? manifest.tools[tool] : undefined) ?? {};
  return {
    name: publicName,
    plugin,
    tool,
    title: typeof title === 'string' ? title : null,
    description: typeof description === 'string' ? description : '',
    effect,
    approval,
    policy: { effect: saidEffect, approval: saidApproval },
    ...asksOf(entry, settings),
    inputSchema: objectOr(inputSchema, {}),
    outputSchema: objectOr(outputSchema, null),
    annotations: objectOr(annotations, {}),
  };
}

/** Before which calls somebody is asked, by what is set now. */
function asksOf(entry: ToolEntry, settings: Kernel['settings']): Pick<Tool, 'asks' | 'whyAsks'> {
  const first = whyAsk(entry, settings, false);
  if (first !== null) return { asks: entry.approval === 'always' ? 'always' : 'assistant', whyAsks: first };
  const later = whyAsk(entry, settings, true);
  return { asks: later === null ? 'never' : 'after-results', whyAsks: later };
}

function objectOr<T>(value: unknown, otherwise: T): JsonObject | T {
  return isJsonObject(value) ? value : otherwise;
}
