import { isJsonObject } from '../../contract/plugins.ts';

/** The types a property's JSON Schema allows; empty when it does not say. */
export function typesOf(schema: unknown): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const { type, enum: values, anyOf, oneOf } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((one) => typeof one === 'string');
  if (Array.isArray(values))
    return [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
  const choices: unknown = anyOf ?? oneOf;
  return Array.isArray(choices) ? [...new Set(choices.flatMap(typesOf))] : [];
}

/** What a word means for a schema, or what it should have been. Whether it fits in full is checked when the tool is run. */
export function coerce(
  text: string,
  schema: unknown,
): { readonly value: unknown } | { readonly problem: string } {
  const types = typesOf(schema);
  for (const type of order) {
    if (!types.includes(type)) continue;
    const value = readers[type](text, schema);
    if (value !== undefined) return { value };
  }
  if (types.length > 0)
    return { problem: `must be ${types.map(nameOf).join(' or ')}, not "${text.slice(0, 64)}"` };
  return { value: readJson(text) ?? text };
}

type Known = 'null' | 'boolean' | 'integer' | 'number' | 'array' | 'object' | 'string';
/** From the type that fits fewest words to the one that fits all. */
const order = [
  'null',
  'boolean',
  'integer',
  'number',
  'array',
  'object',
  'string',
] as const satisfies Known[];
const yes = new Set(['true', 'yes', 'on', '1']);
const no = new Set(['false', 'no', 'off', '0']);

const readers: Readonly<Record<Known, (text: string, schema: unknown) => unknown>> = {
  null: (text) => (text === 'null' ? null : undefined),
  boolean: (text) => (yes.has(text.toLowerCase()) ? true : no.has(text.toLowerCase()) ? false : undefined),
  integer: (text) => (/^[+-]?\d+$/.test(text) ? Number(text) : undefined),
  number: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  array: (text, schema) => readArray(text, schema),
  object: (text) => {
    const value = text.startsWith('{') ? readJson(text) : undefined;
    return isJsonObject(value) ? value : undefined;
  },
  string: (text) => text,
};

/** A JSON list, or items with commas between them. */
function readArray(text: string, schema: unknown): readonly unknown[] | undefined {
  if (text.startsWith('[')) {
    const value = readJson(text);
    return Array.isArray(value) ? value : undefined;
  }
  const items = isJsonObject(schema) ? schema['items'] : undefined;
  const values = text.split(',').map((item) => coerce(item.trim(), items));
  return values.every((one) => 'value' in one) ? values.map(({ value }) => value) : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nameOf(type: string): string {
  const names: Readonly<Record<string, string>> = {
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list such as a,b,c',
    object: 'a JSON object',
    string: 'text',
  };
  return names[type] ?? type;
}
