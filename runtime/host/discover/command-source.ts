import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { NexusError } from '../../base/errors.ts';
import type { CommandSource } from '../../contract/manifest.ts';
import { checkProgram, findProgram, refuseLauncher } from './find-program.ts';
import { findScript } from './node-arguments.ts';
import { packageFoldersOf } from './package-folder.ts';
import type { Launch } from './prepare-options.ts';
import { manifestInvalid } from './read-manifest.ts';

/** What of the kernel's world a command may be resolved against. */
export interface CommandPlace {
  readonly plugin: string;
  /** The manifest file: relative paths start in its folder, errors name it. */
  readonly file: string;
  /** The plugin's own data directory: working directory of what has no package folder. */
  readonly dataDir: string;
  /** The kernel's own folders, which no package folder may contain. */
  readonly forbidden: readonly string[];
  readonly path: string | undefined;
}

/** Folders of the system: readable in every sandbox, nobody's package. */
const systemDirs = /^\/(?:usr|bin|sbin|lib|lib64|nix\/store)\//;

/**
 * Resolves `{ command, args }` to what is really started: `node` is the kernel's own, everything else an
 * absolute path; the script is absolute too, and its package becomes readable.
 */
export function resolveCommand(source: CommandSource, place: CommandPlace): Launch {
  const cwd = source.cwd === undefined ? undefined : workingDirectory(source.cwd, place);
  const base = cwd ?? dirname(place.file);
  const isNode = source.command === 'node' || source.command === 'nodejs';
  const program = isNode ? nodeProgram : resolveProgram(source.command, place);
  const scriptIndex = isNode ? findScript(source.args) : firstFile(source.args, base);
  if (
    isNode &&
    scriptIndex === undefined &&
    !source.args.some((arg) => /^(?:-e|-p|-pe|--eval|--print)/.test(arg))
  ) {
    throw sourceInvalid(
      place,
      ['args'],
      'name no script',
      'Write the path of the server, as in ["server.js"]',
    );
  }
  const script =
    scriptIndex === undefined
      ? undefined
      : scriptOf(source.args[scriptIndex] ?? '', scriptIndex, base, place);
  const scriptFolders =
    script === undefined ? undefined : codeFolders(script, ['args', scriptIndex ?? 0], place);
  return {
    command: program.command,
    args: source.args.map((arg, index) => (index === scriptIndex && script !== undefined ? script : arg)),
    cwd: cwd ?? scriptFolders?.own ?? place.dataDir,
    env: source.env,
    packageDirs: [...new Set([...(scriptFolders?.all ?? []), ...program.packageDirs])],
    artifacts: [...(scriptFolders === undefined ? [] : [scriptFolders.own]), ...program.artifacts],
    how: { command: source.command },
    warnings: [],
  };
}

/** A program and what of the file system belongs to it. */
export type Program = Pick<Launch, 'command' | 'packageDirs' | 'artifacts'>;

const nodeProgram: Program = { command: 'node', packageDirs: [], artifacts: [] };

/** The program a command stands for. Throws COMMAND_MISSING or COMMAND_UNSUPPORTED. */
export function resolveProgram(command: string, place: CommandPlace): Program {
  refuseLauncher(place.plugin, command);
  if (command === 'node' || command === 'nodejs') return nodeProgram;
  const program = command.includes('/')
    ? checkProgram(place.plugin, resolve(dirname(place.file), command))
    : findProgram(place.plugin, command, place.path);
  const packageDirs = systemDirs.test(program) ? [] : programCode(program, place);
  return { command: program, packageDirs, artifacts: [program, ...packageDirs] };
}

/** A working directory given by a manifest; absolute. Throws MANIFEST_INVALID when it is no folder. */
export function workingDirectory(cwd: string, place: CommandPlace): string {
  const dir = resolve(dirname(place.file), cwd);
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return dir;
  throw sourceInvalid(
    place,
    ['cwd'],
    `is "${cwd}", which is no folder`,
    'Correct it; it is relative to this file',
  );
}

function scriptOf(arg: string, index: number, base: string, place: CommandPlace): string {
  const script = resolve(base, arg);
  if (existsSync(script)) return realpathSync(script);
  const todo = isAbsolute(arg) ? 'Correct the path' : `Correct the path; it starts in ${base}`;
  throw sourceInvalid(place, ['args', index], `is "${arg}", which names no file`, todo);
}

/** `python3 server.py`: the first argument that is no flag, when it names a file. */
function firstFile(args: readonly string[], base: string): number | undefined {
  const index = args.findIndex((arg) => !arg.startsWith('-'));
  const arg = args[index];
  if (arg === undefined) return undefined;
  return statSync(resolve(base, arg), { throwIfNoEntry: false })?.isFile() === true ? index : undefined;
}

function codeFolders(
  file: string,
  key: readonly PropertyKey[],
  place: CommandPlace,
): { readonly own: string; readonly all: readonly string[] } {
  const folders = packageFoldersOf(file, place.forbidden);
  if (folders !== undefined) return folders;
  throw sourceInvalid(
    place,
    key,
    `is in ${dirname(file)}, which would open more than the plugin's own code`,
    'Move it into a folder of its own',
  );
}

/** A program outside the system's folders: its package, or the virtual environment around it. */
function programCode(program: string, place: CommandPlace): readonly string[] {
  const environment = dirname(dirname(program));
  const isVirtual = existsSync(join(environment, 'pyvenv.cfg'));
  const real = realpathSync(program);
  const folders = isVirtual ? [environment] : [];
  return systemDirs.test(real) ? folders : [...folders, ...codeFolders(real, ['command'], place).all];
}

function sourceInvalid(
  place: CommandPlace,
  key: readonly PropertyKey[],
  problem: string,
  todo: string,
): NexusError {
  return manifestInvalid(place.file, { path: ['source', ...key], problem, todo });
}
