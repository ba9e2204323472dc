import { createHash, randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { systemCode } from './base/errors.ts';
import type { FolderFiles, FileText } from './contract/context.ts';

/** Of a larger file nothing is told. */
const mostBytes = 4 * 1_048_576;
const unreadable: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
]);

/** The files of a folder; a link that leads out of it is not followed. */
export function filesInside(folder: string): FolderFiles {
  return {
    read: async (path, mostChars) => {
      try {
        return await readInside(folder, path, mostChars);
      } catch (error) {
        if (unreadable.has(systemCode(error))) return null;
        throw error;
      }
    },
    replace: async (name, text) => {
      // Moved there, it takes the place of a link instead of following it, and nobody reads half of it.
      const draft = join(folder, `.${basename(name)}.${randomUUID()}`);
      try {
        await writeFile(draft, text, { flag: 'wx', mode: 0o644 });
        await rename(draft, join(folder, basename(name)));
      } finally {
        await rm(draft, { force: true });
      }
      return sha256Of(text);
    },
  };
}

async function readInside(folder: string, path: string, mostChars: number): Promise<FileText | null> {
  // Most files a turn looks for are not there, and to find that out in another thread takes ten times as long.
  if (path.includes('\0') || !existsSync(join(folder, path))) return null;
  // A pipe must not make the kernel wait (O_NONBLOCK).
  await using file = await open(join(folder, path), constants.O_RDONLY | constants.O_NONBLOCK);
  // What was opened counts, not what the name means by now.
  const [root, real] = await Promise.all([realpath(folder), realpath(`/proc/self/fd/${file.fd}`)]);
  const inside = relative(root, real);
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) return null;
  const { size } = await file.stat().then((stat) => (stat.isFile() ? stat : { size: Infinity }));
  if (size > mostBytes) return null;
  const bytes = await file.readFile();
  if (bytes.length > mostBytes) return null;
  const text = bytes.toString('utf8');
  return { text: text.slice(0, mostChars), sha256: sha256Of(bytes), isCut: text.length > mostChars };
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
