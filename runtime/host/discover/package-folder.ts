import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isInside } from './contained-path.ts';

/** Files that mark the root of a package, in any language a server is likely written in. */
const markers = ['package.json', 'pyproject.toml', 'deno.json', 'Gemfile'];

/** What belongs to a program file. */
export interface CodeFolders {
  readonly own: string;
  /** Everything the program needs to read. */
  readonly all: readonly string[];
  /** Everything whose content is the program's code. */
  readonly artifacts: readonly string[];
}

/**
 * Folders a program file needs to be readable: its package, and the node_modules folders above that Node
 * would search. A package folder that is the root, a home directory, or holds one of the `forbidden`
 * folders (the kernel's data, manifests, …) is not opened: then it is the file's own folder, and when that
 * will not do either, the answer is undefined.
 */
export function packageFoldersOf(file: string, forbidden: readonly string[]): CodeFolders | undefined {
  const start = dirname(file);
  const own = [nearestMarked(start), start].find(
    (dir) => dir !== undefined && isAllowedFolder(dir, forbidden),
  );
  if (own === undefined) return undefined;
  const modules = modulesAbove(own);
  return { own, all: [own, ...modules], artifacts: [own, ...installRecordsOf(modules)] };
}

/** The records of what is installed in `node_modules` folders: their content stands for that of the folders. */
export function installRecordsOf(modules: readonly string[]): readonly string[] {
  return modules.map((dir) => join(dir, '.package-lock.json'));
}

/** Existing `node_modules` folders in the parents of `dir`, nearest first, up to a home directory. */
export function modulesAbove(dir: string): readonly string[] {
  const found: string[] = [];
  for (let at = dirname(dir); dirname(at) !== at && !isHome(at); at = dirname(at)) {
    const modules = join(at, 'node_modules');
    if (statSync(modules, { throwIfNoEntry: false })?.isDirectory() === true) found.push(modules);
  }
  return found;
}

function nearestMarked(start: string): string | undefined {
  for (let at = start; dirname(at) !== at && !isHome(at); at = dirname(at)) {
    const dir = at;
    if (markers.some((marker) => statSync(join(dir, marker), { throwIfNoEntry: false }) !== undefined))
      return at;
  }
  return undefined;
}

/** Whether a whole folder may become readable for a plugin. */
export function isAllowedFolder(dir: string, forbidden: readonly string[]): boolean {
  return dirname(dir) !== dir && !isHome(dir) && !forbidden.some((held) => isInside(dir, held));
}

/** A home directory itself, or what holds them. */
function isHome(dir: string): boolean {
  return dir === realHome() || isInside(dir, realHome());
}

function realHome(): string {
  try {
    return realpathSync(homedir());
  } catch {
    return homedir();
  }
}
