import { existsSync, statSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import { findScript } from '../discover/find-script.ts';
import { isNpxCommand } from '../discover/packages/npx-command.ts';
import { canHideArguments } from '../discover/secret-arguments/secret-arguments.ts';
import { plainCandidate, type Candidate, type Wish, type WrittenSettings } from './candidate.ts';
import { clearArgs, clearEnv, clearHeaders, clearUrl, SecretMoves } from './literal-secrets.ts';
import { commandObstacle, type ImportMachine } from './machine.ts';

export interface Described {
  readonly kind: Candidate['kind'];
  readonly givenName: string;
  readonly title?: string;
  readonly description?: string;
  /** Settings the source declares itself; texts refer to them as `${settings.KEY}`. */
  readonly settings?: WrittenSettings;
  readonly chosen?: readonly string[];
  readonly warnings?: readonly string[];
}

export interface DescribedCommand extends Described {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** Where relative paths of the source start; undefined when it does not say. */
  readonly baseDir?: string | undefined;
}

export interface DescribedRemote extends Described {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A server that is started with a command. */
export function commandCandidate(described: DescribedCommand, machine: ImportMachine): Candidate {
  const { kind, givenName, title = '', description = '', settings = {}, chosen = [] } = described;
  const { command, args, warnings } = withoutShell(described);
  const moves = new SecretMoves(Object.keys(settings));
  const paths = absolutePaths(command, args, described.baseDir);
  const written = {
    command: paths.command,
    args: clearArgs(paths.args, moves),
    env: clearEnv(described.env, moves),
  };
  const cwd = described.cwd === undefined ? {} : { cwd: resolve(described.baseDir ?? '/', described.cwd) };
  const env = Object.keys(written.env).length === 0 ? {} : { env: written.env };
  return {
    ...plainCandidate,
    kind,
    givenName,
    title,
    description,
    source: { command: written.command, args: written.args, ...env, ...cwd },
    command: spellCommand(written.command, written.args),
    settings: { ...settings, ...moves.settings },
    values: moves.values,
    chosen,
    wishes: [...wishesOf(written), ...(cwd.cwd === undefined ? [] : [pathWish(cwd.cwd, 'it works in')])],
    warnings: [...(described.warnings ?? []), ...warnings],
    obstacle:
      commandObstacle(written.command, written.args, machine) ??
      openSecret(written, { ...settings, ...moves.settings }),
  };
}

/** A secret in the command line of a program that takes it in no other way. */
function openSecret({ command, args }: Written, settings: WrittenSettings) {
  const secrets = Object.keys(settings).filter((key) => settings[key]?.sensitive === true);
  const isOpen = args.some((arg) => secrets.some((key) => arg.includes(`\${settings.${key}}`)));
  if (!isOpen || canHideArguments(command, args)) return null;
  return {
    problem: 'one of its arguments is a secret, and every program of this machine can read command lines',
    todo: 'Give it to the server in an environment variable or a file, if it can read that',
  };
}

/** A server that runs elsewhere. */
export function remoteCandidate(described: DescribedRemote): Candidate {
  const { kind, givenName, title = '', description = '', settings = {}, warnings = [] } = described;
  const moves = new SecretMoves(Object.keys(settings));
  const url = clearUrl(described.url, moves);
  const headers = clearHeaders(described.headers, moves);
  return {
    ...plainCandidate,
    kind,
    givenName,
    title,
    description,
    source: { url, ...(Object.keys(headers).length === 0 ? {} : { headers }) },
    command: url,
    settings: { ...settings, ...moves.settings },
    values: moves.values,
    warnings,
  };
}

/** A command line as it would be typed. */
export function spellCommand(command: string, args: readonly string[]): string {
  return [command, ...args].map((word) => quoteWord(word)).join(' ');
}

/** A word as a shell reads it back; references to settings stay readable. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./~^${}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Files for Windows start through its shell, which is left out. */
function withoutShell({ command, args }: DescribedCommand): {
  readonly command: string;
  readonly args: readonly string[];
  readonly warnings: readonly string[];
} {
  const [option = '', inner] = args;
  const isShell = /^cmd(?:\.exe)?$/i.test(command) && /^\/c$/i.test(option) && inner !== undefined;
  if (!isShell) return { command, args, warnings: [] };
  return { command: inner, args: args.slice(2), warnings: ['The Windows shell "cmd /c" is left out'] };
}

/** A manifest reads relative paths from its own folder; those of the source start somewhere else. */
function absolutePaths(
  command: string,
  args: readonly string[],
  baseDir: string | undefined,
): { readonly command: string; readonly args: readonly string[] } {
  const absolute = (path: string): string =>
    baseDir === undefined || isAbsolute(path) || !existsSync(resolve(baseDir, path))
      ? path
      : resolve(baseDir, path);
  if (isNpxCommand(command, args)) return { command, args };
  const script = findScript(basename(command), args);
  const at = typeof script === 'string' ? -1 : script.index;
  return {
    command: command.includes('/') ? absolute(command) : command,
    args: args.map((arg, index) => (index === at || /^\.{1,2}\//.test(arg) ? absolute(arg) : arg)),
  };
}

interface Written {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What its own words say it works with: existing folders and files, and addresses. A person decides. */
function wishesOf({ command, args, env }: Written): readonly Wish[] {
  const script = isNpxCommand(command, args) ? 'none' : findScript(basename(command), args);
  const own = typeof script === 'string' ? -1 : script.index;
  const words = [
    ...args.flatMap((arg, index) =>
      index === own ? [] : [{ text: arg.replace(/^-{1,2}[\w.-]+=/, ''), why: 'its arguments name' }],
    ),
    ...Object.entries(env).map(([name, text]) => ({ text, why: `its variable ${name} names` })),
  ];
  const wishes = words.flatMap(({ text, why }) => {
    if (isAbsolute(text) && existsSync(text)) return [pathWish(text, why)];
    const url = /^https?:\/\//.test(text) ? URL.parse(text) : null;
    return url === null ? [] : [{ kind: 'net' as const, value: hostAndPort(url), why }];
  });
  const isShell = /^(?:ba|da|z)?sh$/.test(basename(command));
  return isShell ? [...wishes, { kind: 'exec', value: '', why: 'it is a shell script' }] : wishes;
}

function pathWish(path: string, why: string): Wish {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return { kind: 'read', value: path, why: `${why} the ${isFolder ? 'folder' : 'file'}` };
}

function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}
