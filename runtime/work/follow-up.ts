import type { FollowUp } from '../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { Catalogue, ToolEntry } from '../contract/tools.ts';

/** What is known of a call that another one follows from. */
export interface FollowedCall {
  readonly arguments: JsonObject;
  readonly result: JsonObject;
  readonly key: string;
}

const reference = /^\$\{(?<path>[^{}]+)\}$/;

/** The call that follows: its tool and its arguments, filled in. Null when the tool is not there or something is not known. */
export function followUpOf(
  { plugin }: Pick<ToolEntry, 'plugin'>,
  { tool, arguments: template }: FollowUp,
  call: FollowedCall,
  catalogue: Catalogue,
): { readonly entry: ToolEntry; readonly args: JsonObject } | null {
  const entry = catalogue.entries().find((one) => one.plugin === plugin && one.tool === tool);
  if (entry === undefined) return null;
  const known = { ...call, result: fieldsOf(call.result) };
  const args = filled(template, known);
  return isJsonObject(args) ? { entry, args } : null;
}

/** What a tool answered as fields: its structured content, else its text when that is a JSON object. */
export function fieldsOf(result: JsonObject): JsonObject {
  const structured = result['structuredContent'];
  if (isJsonObject(structured)) return structured;
  const content: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  const [first] = content;
  if (!isJsonObject(first) || typeof first['text'] !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(first['text']);
    return isJsonObject(parsed) ? parsed : {};
  } catch {
    // Text for people.
    return {};
  }
}

/** The value with its references filled in; undefined when one leads nowhere. */
function filled(value: unknown, known: JsonObject): unknown {
  if (typeof value === 'string') {
    const path = reference.exec(value)?.groups?.['path'];
    return path === undefined ? value : at(known, path.split('.'));
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => filled(item, known));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(value).map(([key, field]) => [key, filled(field, known)] as const);
  return fields.some(([, field]) => field === undefined) ? undefined : Object.fromEntries(fields);
}

function at(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return value;
  return isJsonObject(value) && Object.hasOwn(value, first) ? at(value[first], rest) : undefined;
}
