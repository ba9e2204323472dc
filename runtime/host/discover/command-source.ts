import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import type { NexusError } from '../../base/errors.ts';
import type { CommandSource } from '../../contract/manifest.ts';
import { findScript, isNode, type ScriptSearch } from './find-script.ts';
import { checkProgram, findProgram, refuseLauncher } from './find-program.ts';
import { isInside } from './contained-path.ts';
import { packageFoldersOf, type CodeFolders } from './package-folder.ts';
import type { Launch } from './prepare-options.ts';
import { systemDirs, programFolders } from './program-folder.ts';

/** What of the kernel's world a command is resolved against. */
export interface CommandPlace {
  readonly plugin: string;
  /** Where relative paths start: the folder of the manifest, or the root of a package. */
  readonly baseDir: string;
  /** The plugin's own data directory: working directory of what has no package folder. */
  readonly dataDir: string;
  /** The kernel's own folders, which no package folder may contain. */
  readonly forbidden: readonly string[];
  readonly path: string | undefined;
  /** The error for a key of the command, such as ['args', 0]. */
  readonly blame: (key: readonly PropertyKey[], problem: string, todo: string) => NexusError;
}

/**
 * Resolves `{ command, args }` to what is really started: `node` is the kernel's own, everything else an
 * absolute path; the script of an interpreter is absolute too, and its package becomes readable.
 */
export function resolveCommand(source: CommandSource, place: CommandPlace): Omit<Launch, 'how'> {
  const cwd = source.cwd === undefined ? undefined : workingDirectory(source.cwd, place);
  const program = resolveProgram(source.command, place);
  const found = findScript(basename(source.command), source.args);
  if (found === 'missing') {
    throw place.blame(['args'], 'name no script', 'Write the path of the server, as in ["server.js"]');
  }
  const script =
    found === 'none' ? undefined : resolveScript(found, source.args, cwd ?? place.baseDir, place);
  return {
    command: program.command,
    args: source.args.map((arg, index) => (index === script?.index ? script.file : arg)),
    cwd: cwd ?? script?.folders.own ?? place.dataDir,
    env: source.env,
    packageDirs: [...new Set([...(script?.folders.all ?? []), ...program.packageDirs])],
    artifacts: [...(script?.folders.artifacts ?? []), ...program.artifacts],
    warnings: [],
  };
}

/** A program and what of the file system belongs to it. */
export type Program = Pick<Launch, 'command' | 'packageDirs' | 'artifacts'>;

/** The program a command stands for. Throws COMMAND_MISSING or COMMAND_UNSUPPORTED. */
export function resolveProgram(command: string, place: CommandPlace): Program {
  refuseLauncher(place.plugin, command);
  if (isNode(command)) return { command: 'node', packageDirs: [], artifacts: [] };
  const program = command.includes('/')
    ? checkProgram(place.plugin, resolve(place.baseDir, command))
    : findProgram(place.plugin, command, place.path);
  if (systemDirs.test(program)) return { command: program, packageDirs: [], artifacts: [program] };
  const folders = programFolders(program, place.forbidden);
  if (folders === undefined) throw tooOpen(program, ['command'], place);
  return { command: program, packageDirs: folders.all, artifacts: [program, ...folders.artifacts] };
}

/** A working directory given by a manifest; absolute. Throws when it is no folder. */
export function workingDirectory(cwd: string, place: CommandPlace): string {
  const dir = resolve(place.baseDir, cwd);
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return dir;
  throw place.blame(['cwd'], `is "${cwd}", which is no folder`, `Correct it; it starts in ${place.baseDir}`);
}

interface Script {
  readonly index: number;
  readonly file: string;
  readonly folders: CodeFolders;
}

function resolveScript(
  { index, isSure }: Exclude<ScriptSearch, string>,
  args: readonly string[],
  base: string,
  place: CommandPlace,
): Script | undefined {
  const arg = args[index] ?? '';
  const key = ['args', index];
  const path = [resolve(base, arg), resolve(base, `${arg}.js`)].find((file) => existsSync(file));
  if (path === undefined) {
    if (!isSure) return undefined;
    const todo = isAbsolute(arg) ? 'Correct the path' : `Correct the path; it starts in ${base}`;
    throw place.blame(key, `is "${arg}", which names no file`, todo);
  }
  const file = realpathSync(path);
  // `node .` runs a folder: then that folder is the package, not the one above it.
  const member = statSync(file).isDirectory() ? join(file, 'package.json') : file;
  const folders = packageFoldersOf(member, place.forbidden);
  if (folders === undefined) throw tooOpen(file, key, place);
  return { index, file, folders };
}

function tooOpen(file: string, key: readonly PropertyKey[], place: CommandPlace): NexusError {
  const problem = `is ${file}, whose folder holds more than the plugin's own code`;
  return place.blame(key, problem, 'Move it into a folder of its own');
}

/** `python -m NAME` looks for modules in its working directory, unless that is the plugin's own to write. */
export function moduleFolder(
  { command, args, cwd }: Pick<Launch, 'command' | 'args' | 'cwd'>,
  dataDir: string,
): readonly string[] {
  const isModule = /^(?:python|pypy)/.test(basename(command)) && args.some((arg) => arg.startsWith('-m'));
  return isModule && !isInside(dataDir, cwd) ? [cwd] : [];
}
