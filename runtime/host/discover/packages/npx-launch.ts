import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Launch, PrepareOptions } from '../prepare-options.ts';
import { workingDirectory, type CommandPlace } from '../command-source.ts';
import { parseNpxCommand, type NpxCommand } from './npx-command.ts';
import type { InstalledPackage, PackageStore } from './package-store.ts';

interface NpxLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  readonly integrity?: string | undefined;
}

/** Installs the package an `npx …` line names and starts its program without npx. */
export async function launchNpx(
  source: NpxLine,
  place: CommandPlace,
  store: PackageStore,
  options: PrepareOptions,
): Promise<Launch> {
  const wanted = parseNpxCommand(source.command, source.args);
  if ('problem' in wanted) {
    throw place.blame(['args', ...(wanted.index < 0 ? [] : [wanted.index])], wanted.problem, wanted.todo);
  }
  const installed = await store.get(place.plugin, wanted, options);
  const bin = chooseProgram(wanted, installed, place);
  const { scriptsSkipped, treeHash, integrity } = installed.record;
  if (source.integrity !== undefined && source.integrity !== integrity) {
    const problem = `is not that of ${wanted.spec}, which has ${integrity}`;
    throw place.blame(['integrity'], problem, 'Do not run it unless you know why; then write that one');
  }
  return {
    ...startOf(join(installed.dir, bin), wanted.args),
    // Such servers expect some writable working directory, and the package's own is not.
    cwd: source.cwd === undefined ? place.dataDir : workingDirectory(source.cwd, place),
    env: source.env,
    packageDirs: [installed.dir],
    // The tree is known by its hash; of the package itself every file counts, whoever changed it since.
    artifacts: [join(installed.dir, 'node_modules', installed.record.name)],
    how: { treeHash, bin },
    warnings:
      scriptsSkipped.length === 0
        ? []
        : [`Install scripts are never run; these packages have some: ${scriptsSkipped.join(', ')}`],
  };
}

/** As npx does: the program asked for, else the only one, else the one named like the package. */
function chooseProgram(
  { bin, name, spec }: NpxCommand,
  { dir, record }: InstalledPackage,
  place: CommandPlace,
): string {
  const programs = Object.keys(record.bin);
  const own = name.replace(/^@[^/]+\//, '');
  const chosen = bin ?? (programs.length === 1 ? programs[0] : own) ?? own;
  const path = Object.hasOwn(record.bin, chosen) ? record.bin[chosen] : undefined;
  const version = `${record.name}@${record.version}`;
  if (path !== undefined) {
    if (existsSync(join(dir, path))) return path;
    const todo = 'Try another version; this one was published without it';
    throw place.blame(['args'], `name ${version}, whose program "${chosen}" is not in it`, todo);
  }
  if (programs.length === 0) {
    const todo = 'Write a package that is a program; a library cannot be started';
    throw place.blame(['args'], `name ${version}, which has no program`, todo);
  }
  const choice = programs.map((one) => `"${one}"`).join(', ');
  const todo = `Write "-y", "--package=${spec}" and then one of ${choice}`;
  throw place.blame(['args'], `name ${version}, which has no program "${chosen}"`, todo);
}

/** A JavaScript program runs on the kernel's Node with the flags of its first line; anything else as it is. */
function startOf(file: string, args: readonly string[]): Pick<Launch, 'command' | 'args'> {
  const shebang = /^#!\s*(\S+)(?:[ \t]+(.*))?/.exec(firstLine(file));
  const isScript = shebang === null && /^\.[cm]?[jt]s$/.test(extname(file));
  if (isScript) return { command: 'node', args: [file, ...args] };
  const words = [shebang?.[1] ?? '', ...(shebang?.[2] ?? '').trim().split(/\s+/)].filter(
    (word, index) => word !== '' && word !== '-S' && !(index === 0 && word.endsWith('/env')),
  );
  const [interpreter = '', ...flags] = words;
  if (/(?:^|\/)node(?:js)?$/.test(interpreter)) return { command: 'node', args: [...flags, file, ...args] };
  return { command: file, args };
}

function firstLine(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const start = Buffer.alloc(256);
    return start.toString('utf8', 0, readSync(fd, start)).split(/\r?\n/, 1)[0] ?? '';
  } finally {
    closeSync(fd);
  }
}
