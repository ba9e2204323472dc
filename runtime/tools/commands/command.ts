import {
  commandsMetaKey,
  declaredCommandSchema,
  type CommandView,
  type DeclaredCommand,
} from '../../contract/commands.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import type { ToolEntry } from '../../contract/tools.ts';
import { typesOf } from './coerce.ts';

const declaredLimit = 64;

/** A slash command with what is needed to read its arguments. */
export interface SlashCommand {
  readonly view: CommandView;
  readonly entry: ToolEntry;
  readonly properties: JsonObject;
  readonly required: readonly string[];
  /** Arguments that words without a name are, in order. */
  readonly positional: readonly string[];
  readonly fixed: JsonObject;
}

/** The commands that run a tool: those its plugin declares, and one of the tool's own name. */
export function commandsOf(entry: ToolEntry): readonly SlashCommand[] {
  const meta = entry.definition['_meta'];
  const declared = isJsonObject(meta) ? meta[commandsMetaKey] : undefined;
  const commands = (Array.isArray(declared) ? declared.slice(0, declaredLimit) : []).flatMap(
    (one: unknown) => {
      const parsed = declaredCommandSchema.safeParse(one);
      return parsed.success ? [parsed.data] : [];
    },
  );
  const own = commands.some(({ name }) => name === entry.tool) ? [] : [{ name: entry.tool }];
  return [...commands, ...own].map((command) => commandOf(entry, command));
}

function commandOf(
  entry: ToolEntry,
  { name, description, positional, with: fixed = {} }: DeclaredCommand,
): SlashCommand {
  const { plugin, tool, definition } = entry;
  const schema = isJsonObject(definition['inputSchema']) ? definition['inputSchema'] : {};
  const given = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const properties = Object.fromEntries(Object.entries(given).filter(([key]) => !Object.hasOwn(fixed, key)));
  const keys = Object.keys(properties);
  const required = (Array.isArray(schema['required']) ? schema['required'] : []).filter(
    (key): key is string => typeof key === 'string' && !Object.hasOwn(fixed, key),
  );
  const order = (positional ?? keys).filter((key) => Object.hasOwn(properties, key));
  const command = `/${plugin}.${name}`;
  const ownText = definition['description'];
  const view = {
    command,
    usage: [command, ...describeArguments(properties, required, order)].join(' '),
    description: description ?? (typeof ownText === 'string' ? ownText : ''),
    plugin,
    tool,
  };
  return { view, entry, properties, required, positional: order, fixed };
}

/** `<city> [days] [units=metric|imperial]`: in angles what must be there, by name what no word without one is. */
function describeArguments(
  properties: JsonObject,
  required: readonly string[],
  positional: readonly string[],
): readonly string[] {
  const rest = Object.keys(properties).filter((key) => !positional.includes(key));
  return [...positional, ...rest].map((key) => {
    const values = choicesOf(properties[key]);
    const isNamed = !positional.includes(key);
    const shown = isNamed
      ? `${key}=${values ?? typesOf(properties[key])[0] ?? 'value'}`
      : `${key}${values === undefined ? '' : `:${values}`}`;
    return required.includes(key) ? `<${shown}>` : `[${shown}]`;
  });
}

function choicesOf(schema: unknown): string | undefined {
  const values = isJsonObject(schema) ? schema['enum'] : undefined;
  return Array.isArray(values) && values.length <= 8 ? values.map(String).join('|') : undefined;
}
