import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
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

/** Reads the files of a folder; a link that leads out of it is not followed. */
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
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { text: text.slice(0, mostChars), sha256, isCut: text.length > mostChars };
}
