import type { Tool } from '../../../contract/api.ts';
import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';
import type { ToolEntry } from '../../../contract/tools.ts';

/** A tool of the catalogue as the API shows it. */
export function viewTool({ publicName, plugin, tool, definition, effect, approval }: ToolEntry): Tool {
  const { title, description, inputSchema, outputSchema, annotations } = definition;
  return {
    name: publicName,
    plugin,
    tool,
    title: typeof title === 'string' ? title : null,
    description: typeof description === 'string' ? description : '',
    effect,
    approval,
    inputSchema: objectOr(inputSchema, {}),
    outputSchema: objectOr(outputSchema, null),
    annotations: objectOr(annotations, {}),
  };
}

function objectOr<T>(value: unknown, otherwise: T): JsonObject | T {
  return isJsonObject(value) ? value : otherwise;
}
