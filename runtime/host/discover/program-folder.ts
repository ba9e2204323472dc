import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAllowedFolder, packageFoldersOf, type CodeFolders } from './package-folder.ts';

/** Folders of the system: readable in every sandbox, nobody's package. */
export const systemDirs = /^\/(?:usr|bin|sbin|lib|lib64|nix\/store)\//;

/**
 * Folders a program outside the system's folders needs to be readable: the virtual environment it belongs
 * to and the Python that was made from, the folder it was installed into with its libraries
 * (`PREFIX/bin/PROGRAM` beside `PREFIX/lib`), or its package. Undefined when that would open too much.
 */
export function programFolders(program: string, forbidden: readonly string[]): CodeFolders | undefined {
  const environment = dirname(dirname(program));
  if (!existsSync(join(environment, 'pyvenv.cfg'))) return prefixFolders(realpathSync(program), forbidden);
  const python = realpathSync(basePython(environment) ?? program);
  const base = systemDirs.test(python) ? none : prefixFolders(python, forbidden);
  if (base === undefined || !isAllowedFolder(environment, forbidden)) return undefined;
  return {
    own: environment,
    all: [environment, ...base.all],
    artifacts: [join(environment, 'pyvenv.cfg'), ...installedPackages(environment)],
  };
}

const none: Pick<CodeFolders, 'all'> = { all: [] };

function prefixFolders(program: string, forbidden: readonly string[]): CodeFolders | undefined {
  const prefix = dirname(dirname(program));
  const isPrefix =
    basename(dirname(program)) === 'bin' &&
    basename(prefix) !== '.local' &&
    isFolder(join(prefix, 'lib')) &&
    isAllowedFolder(prefix, forbidden);
  // The libraries of an interpreter are too many to hash; a new version of it is a new program file.
  return isPrefix ? { own: prefix, all: [prefix], artifacts: [] } : packageFoldersOf(program, forbidden);
}

/** `home` of pyvenv.cfg: the folder of the Python that the environment was made from. */
function basePython(environment: string): string | undefined {
  const home = /^home\s*=\s*(.+?)\s*$/m.exec(readFileSync(join(environment, 'pyvenv.cfg'), 'utf8'))?.[1];
  if (home === undefined) return undefined;
  return ['python3', 'python'].map((name) => join(home, name)).find((file) => existsSync(file));
}

/** What pip keeps of each installed package, version included: `lib/python3.12/site-packages/X-1.2.dist-info/RECORD`. */
function installedPackages(environment: string): readonly string[] {
  const lib = join(environment, 'lib');
  if (!isFolder(lib)) return [];
  const sites = readdirSync(lib).map((python) => join(lib, python, 'site-packages'));
  return sites.filter(isFolder).flatMap((site) =>
    readdirSync(site)
      .filter((name) => name.endsWith('.dist-info'))
      .sort()
      .map((name) => join(site, name, 'RECORD')),
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
