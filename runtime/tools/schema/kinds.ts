/** The types of JSON Schema. Integers are numbers as well. */
export type Kind = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';
export type JsonObject = Readonly<Record<string, unknown>>;

const WORDS: Readonly<Record<Kind, string>> = {
  null: 'null',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  array: 'a list',
  object: 'an object',
};

export function isKind(text: unknown): text is Kind {
  return typeof text === 'string' && Object.hasOwn(WORDS, text);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The narrowest type of a JSON value: 5 and 5.0 are integers. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number';
    case 'boolean':
      return 'boolean';
    default:
      if (Array.isArray(value)) return 'array';
      return value === null || value === undefined ? 'null' : 'object';
  }
}

/** `a string or null`, for messages. */
export function nameKinds(kinds: readonly Kind[]): string {
  return kinds.map((kind) => WORDS[kind]).join(' or ');
}
