import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};
/** What Vite names by its content: `assets/index-BqT4x0aZ.js`. */
const hashed = /^\/assets\/.+-[\w-]{8}\.\w+$/;

/** One file to be served. */
export interface ConsoleFile {
  readonly file: string;
  readonly type: string;
  /** Never changes under its name. */
  readonly isHashed: boolean;
  /** The same content compressed, by the name of the encoding. */
  readonly encoded: ReadonlyMap<string, string>;
}

export interface ConsoleFiles {
  /** The page, with a nonce to be put in. */
  readonly page: string;
  /** By path. What is not in here is not served, whatever a path says: it never becomes a file name. */
  readonly byPath: ReadonlyMap<string, ConsoleFile>;
}

/** Finds out which files a built console has. Hidden ones and links are none. */
export async function readConsoleFiles(dir: string): Promise<ConsoleFiles> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const names = new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => `/${relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
      .filter((path) => !path.includes('/.')),
  );
  const byPath = new Map<string, ConsoleFile>();
  for (const path of names) {
    const type = types[extname(path)];
    if (type === undefined || path === '/index.html') continue;
    const encoded = new Map<string, string>();
    if (names.has(`${path}.br`)) encoded.set('br', join(dir, `${path}.br`));
    if (names.has(`${path}.gz`)) encoded.set('gzip', join(dir, `${path}.gz`));
    byPath.set(path, { file: join(dir, path), type, isHashed: hashed.test(path), encoded });
  }
  return { page: await readFile(join(dir, 'index.html'), 'utf8'), byPath };
}
