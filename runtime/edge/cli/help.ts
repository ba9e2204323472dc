import type { CommandSpec, OptionSpec } from './command-line.ts';
import { paint, wrap } from './terminal.ts';

/** All commands, for `nexus --help`. */
export function describeProgram(version: string, commands: Readonly<Record<string, CommandSpec>>): string {
  const called = Object.entries(commands).map(
    ([name, { words, summary }]) => [`${name} ${words}`.trim(), summary] as const,
  );
  return [
    `${paint('bold', `Nexus ${version}`)}: runs tools you did not write, safely, and lets agents use them.`,
    '',
    'Usage: nexus COMMAND [OPTIONS]',
    '',
    ...align(called),
    '',
    '"nexus COMMAND --help" says more about one, "nexus --version" the version.',
    'Exit codes: 0 done, 1 the thing asked failed, 2 wrong usage.',
    '',
  ].join('\n');
}

/** One command, for `nexus COMMAND --help`. */
export function describeCommand(name: string, spec: CommandSpec): string {
  const { words, summary, details = [], options } = spec;
  const listed = Object.entries({ ...options, help: helpOption }).map(
    ([option, { value, about }]) => [`--${option}${value === undefined ? '' : ` ${value}`}`, about] as const,
  );
  return [
    `Usage: nexus ${`${name} ${words}`.trim()} [OPTIONS]`,
    '',
    `${summary}.`,
    ...(details.length === 0 ? [] : ['', ...details.flatMap((line) => wrap(line, width))]),
    '',
    'Options',
    ...align(listed),
    '',
  ].join('\n');
}

const helpOption: OptionSpec = { about: 'Say this' };
const width = 80;

/** Two columns; the second one is wrapped so that a line fits 80 characters. */
function align(rows: readonly (readonly [string, string])[]): readonly string[] {
  const first = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrap(right, width - first - 4).map((line, at) => `  ${(at === 0 ? left : '').padEnd(first)}  ${line}`),
  );
}
