import { parseArgs } from 'node:util';
import { NexusError } from '../../base/errors.ts';
import { nearestWord } from '../../base/nearest-word.ts';
import type { CliDeps } from './deps.ts';

/** One option of a command. Without `value` it is a switch. */
export interface OptionSpec {
  /** What stands for its value in the help, such as `DIR`. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly isList?: boolean;
  readonly about: string;
}

/** A command as the help shows it and the parser checks it. */
export interface CommandSpec {
  /** The words after the command, such as `NAME [JSON]`. */
  readonly words: string;
  /** How many words it takes at least and at most. */
  readonly count: readonly [number, number];
  /** Whether words after `--` are taken as they are. */
  readonly takesRest?: boolean;
  /** Whether it goes on until it is told to stop. */
  readonly isService?: boolean;
  readonly summary: string;
  readonly details?: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly load: () => Promise<Command>;
}

/** Runs a command; settles with the exit code. */
export type Command = (given: Given, deps: CliDeps) => Promise<number>;

/** What was written after a command, checked against its spec. */
export interface Given {
  readonly words: readonly string[];
  /** What came after `--`, or undefined without it. */
  readonly rest: readonly string[] | undefined;
  readonly values: Readonly<Record<string, string>>;
  /** All values of options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly switches: ReadonlySet<string>;
}

/** Reads the arguments of a command. Throws USAGE, naming the nearest known option. */
export function readArguments(name: string, spec: CommandSpec, argv: readonly string[]): Given {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const rest = end === -1 ? undefined : argv.slice(end + 1);
  if (rest !== undefined && spec.takesRest !== true) throw usage(`"nexus ${name}" takes nothing after "--"`);

  const types = Object.entries(spec.options).map(
    ([option, { value }]) => [option, { type: value === undefined ? 'boolean' : 'string' }] as const,
  );
  const { tokens } = parseArgs({
    args: [...own],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const values: Record<string, string> = {};
  const lists: Record<string, string[]> = {};
  const switches = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(spec.options, token.name) ? spec.options[token.name] : undefined;
    if (known === undefined) throw unknownOption(name, token.rawName, Object.keys(spec.options));
    if (known.value === undefined) {
      if (token.value !== undefined) throw usage(`${token.rawName} takes no value`);
      switches.add(token.name);
      continue;
    }
    const isOption = token.inlineValue === false && token.value.startsWith('--');
    if (token.value === undefined || isOption) throw usage(`${token.rawName} needs a value: ${known.value}`);
    if (known.isList === true) (lists[token.name] ??= []).push(token.value);
    else values[token.name] = token.value;
  }
  checkCount(name, spec, words);
  return { words, rest, values, lists, switches };
}

/** The error of a wrong command line. */
export function usage(problem: string): NexusError {
  return new NexusError('USAGE', { problem });
}

/** The word at a place that `readArguments` has made sure of. */
export function wordAt({ words }: Given, index: number): string {
  return words[index] ?? '';
}

/** `limit` and the like: a whole number written out. Throws USAGE. */
export function readNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw usage(`--${option} is "${text}", not a number from ${least} to ${most}`);
}

function checkCount(name: string, { words: expected, count }: CommandSpec, words: readonly string[]): void {
  const [least, most] = count;
  const called = `nexus ${name} ${expected}`.trim();
  // An empty word is what an unset variable of a shell leaves: of no command it is a name.
  if (words.length < least || (least > 0 && words[0] === '')) throw usage(`Something is missing: ${called}`);
  if (words.length > most) throw usage(`"${words[most]}" is one word too many: ${called}`);
}

function unknownOption(name: string, written: string, known: readonly string[]): NexusError {
  const meant = nearestWord(written.replace(/^-+/, ''), known);
  const hint = meant === undefined ? '' : `; the nearest one is --${meant}`;
  return usage(`"nexus ${name}" has no option ${written}${hint}`);
}
