import { nearestWord } from '../../base/nearest-word.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { coerce, typesOf } from './coerce.ts';
import type { SlashCommand } from './command.ts';
import { splitWords, type Word } from './words.ts';

type Read = { readonly args: JsonObject } | { readonly problem: string };

/**
 * The arguments of a command line: a JSON object, or words. `key=value` names its argument; other words are the
 * positional ones in order, of which the last takes all that is left when it is text or a list.
 */
export function readArguments(text: string, command: SlashCommand): Read {
  const read = text.trimStart().startsWith('{') ? readObject(text) : readWords(text, command);
  if ('problem' in read) return read;
  const missing = command.required.filter((key) => !Object.hasOwn(read.args, key));
  if (missing.length > 0)
    return { problem: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing` };
  return { args: { ...read.args, ...command.fixed } };
}

function readObject(text: string): Read {
  try {
    const args: unknown = JSON.parse(text);
    return isJsonObject(args) ? { args } : { problem: 'the arguments are no JSON object' };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: `the arguments are no JSON object (${error.message})` };
  }
}

function readWords(text: string, { properties, positional }: SlashCommand): Read {
  const words = splitWords(text);
  if ('problem' in words) return words;
  const given = new Map<string, string[]>();
  const loose: string[] = [];
  for (const word of words) {
    const named = nameIn(word, properties);
    if (named === undefined) loose.push(word.text);
    else if ('problem' in named) return named;
    else given.set(named.key, [...(given.get(named.key) ?? []), named.value]);
  }
  const open = positional.filter((key) => !given.has(key));
  const excess = place(loose, open, properties, given);
  if (excess !== undefined)
    return { problem: `"${excess}" is one word too many; put text with blanks in quotes` };
  return readValues(given, properties);
}

function nameIn(
  { text, equals }: Word,
  properties: JsonObject,
): { readonly key: string; readonly value: string } | { readonly problem: string } | undefined {
  if (equals === undefined) return undefined;
  const key = text.slice(0, equals);
  if (Object.hasOwn(properties, key)) return { key, value: text.slice(equals + 1) };
  const meant = nearestWord(key, Object.keys(properties));
  const hint = meant === undefined ? `put "${text}" in quotes if it is text` : `did you mean "${meant}"`;
  return { problem: `it has no argument "${key}"; ${hint}` };
}

/** Gives the words without a name to the arguments that are open; answers the first that is too many. */
function place(
  loose: readonly string[],
  open: readonly string[],
  properties: JsonObject,
  given: Map<string, string[]>,
): string | undefined {
  const last = open.at(-1);
  const lastTypes = last === undefined ? [] : typesOf(properties[last]);
  const head = loose.slice(0, Math.max(0, open.length - 1));
  const tail = loose.slice(head.length);
  for (const [at, text] of head.entries()) given.set(open[at] ?? '', [text]);
  if (tail.length === 0) return undefined;
  if (last === undefined) return tail[0];
  if (lastTypes.includes('array')) given.set(last, tail);
  else if (tail.length === 1 || lastTypes.includes('string')) given.set(last, [tail.join(' ')]);
  else return tail[1];
  return undefined;
}

function readValues(given: ReadonlyMap<string, readonly string[]>, properties: JsonObject): Read {
  const args: [string, unknown][] = [];
  for (const [key, texts] of given) {
    const schema = properties[key];
    const isList = texts.length > 1;
    if (isList && !typesOf(schema).includes('array'))
      return { problem: `${key} is given ${texts.length} times` };
    const items = isList && isJsonObject(schema) ? schema['items'] : schema;
    const values = texts.map((text) => coerce(text, items));
    const wrong = values.find((one) => 'problem' in one);
    if (wrong !== undefined) return { problem: `${key} ${wrong.problem}` };
    const read = values.map((one) => ('value' in one ? one.value : undefined));
    args.push([key, isList ? read : read[0]]);
  }
  return { args: Object.fromEntries(args) };
}
