import type { z } from 'zod';
import { knownKeysAt, nodeAt, type SchemaNode } from './manifest-json-schema.ts';
import { nearestWord } from '../../base/nearest-word.ts';

/** One thing wrong with a JSON file: where, what, and what to write instead. */
export interface FileProblem {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
  readonly todo: string;
}

type Issue = z.core.$ZodIssue;

/** Turns a zod issue into words for the person who wrote the file. `value` is the whole parsed file. */
export function explainIssue(issue: Issue, value: unknown, schema: SchemaNode): FileProblem {
  switch (issue.code) {
    case 'unrecognized_keys':
      return explainUnknownKey(issue.path, issue.keys[0] ?? '', schema);
    case 'invalid_union':
      return explainUnion(issue, value, schema);
    case 'invalid_value':
      return explainChoice(issue.path, issue.values, value);
    case 'invalid_type':
      return explainType(issue.path, issue.expected, value);
    case 'invalid_key':
      return {
        path: issue.path,
        problem: `is a name that ${lowerFirst(issue.issues[0]?.message ?? issue.message)}`,
        todo: 'Rename it',
      };
    default:
      return {
        path: issue.path,
        problem: lowerFirst(issue.message),
        todo: `Change ${spell(valueAt(value, issue.path))} to a value that fits`,
      };
  }
}

/** `permissions.fs.read[0]`, or "(the whole file)" for the empty path. */
export function spellPath(path: readonly PropertyKey[]): string {
  const spelled = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return spelled === '' ? '(the whole file)' : spelled;
}

function explainUnknownKey(parent: readonly PropertyKey[], key: string, schema: SchemaNode): FileProblem {
  const known = knownKeysAt(schema, parent);
  const meant = nearestWord(key, known);
  return {
    path: [...parent, key],
    problem: 'is not a known key',
    todo:
      meant === undefined
        ? `Remove it; the keys known here are ${list(known)}`
        : `Did you mean "${meant}"? Rename it`,
  };
}

/** A union of objects is told apart by its key (`plugin`, `command` or `url` of a source): explain the option meant. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  value: unknown,
  schema: SchemaNode,
): FileProblem {
  const written = valueAt(value, issue.path);
  const node = nodeAt(schema, issue.path);
  const discriminators = (node?.anyOf ?? []).map((option) => option.required?.[0] ?? '');
  const keys = isRecord(written) ? Object.keys(written) : undefined;
  const expected = issue.errors.flatMap(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? [first.expected] : [],
  );
  // None of its forms is of the type that is written.
  if (keys === undefined || expected.length === issue.errors.length)
    return explainType(issue.path, expected.includes('string') ? 'string' : 'object', value);
  const present = discriminators.filter((key) => keys.includes(key));
  const [only] = present;
  if (only !== undefined && present.length === 1) {
    const inner = issue.errors[discriminators.indexOf(only)]?.[0];
    if (inner !== undefined) {
      return explainIssue({ ...inner, path: [...issue.path, ...inner.path] }, value, schema);
    }
  }
  if (present.length > 1) {
    return {
      path: issue.path,
      problem: `has ${list(present)} at the same time`,
      todo: `Keep one of ${list(present)}`,
    };
  }
  const misspelled = keys.find((key) => nearestWord(key, discriminators) !== undefined);
  if (misspelled !== undefined) return explainUnknownKey(issue.path, misspelled, schema);
  return {
    path: issue.path,
    problem: `has none of ${list(discriminators)}`,
    todo: `Write one of ${list(discriminators)}`,
  };
}

function explainChoice(
  path: readonly PropertyKey[],
  choices: readonly unknown[],
  value: unknown,
): FileProblem {
  const written = valueAt(value, path);
  const words = choices.map(String);
  const meant = typeof written === 'string' ? nearestWord(written, words) : undefined;
  return {
    path,
    problem: written === undefined ? 'is missing' : `is ${spell(written)}, which is not one of its values`,
    todo: meant === undefined ? `Write one of ${list(words)}` : `Did you mean "${meant}"? Write that`,
  };
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'an object, as in { "key": … }',
  record: 'an object, as in { "key": … }',
  array: 'a list, as in [ … ]',
  string: 'a text in double quotes',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function explainType(path: readonly PropertyKey[], expected: string, value: unknown): FileProblem {
  const written = valueAt(value, path);
  const wanted = typeNames[expected] ?? expected;
  return {
    path,
    problem: written === undefined ? 'is missing' : `is ${spell(written)}`,
    todo: `Write ${wanted}`,
  };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) => (typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined),
    value,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it stands in the file, cut to a length that fits in a message. */
function spell(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function list(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
