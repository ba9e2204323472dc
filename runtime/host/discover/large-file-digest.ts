import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

interface Known {
  readonly state: string;
  readonly digest: string;
}

/** Programs of many megabytes, such as Python's, are shared by plugins. */
const mostKnown = 1_000;
const known = new Map<string, Known>();

/**
 * SHA-256 of a large file. It is read again when its state (size, times, inode) is another one: the state takes 3 µs,
 * reading 1 ms a megabyte.
 */
export async function largeFileDigest(path: string, signal: AbortSignal): Promise<string> {
  const state = stateOf(path);
  const found = known.get(path);
  if (found?.state === state) return found.digest;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  const digest = hash.digest('hex');
  if (known.size >= mostKnown) known.clear();
  // Of a file that changed while it was read nothing is known: it is read again the next time.
  if (stateOf(path) === state) known.set(path, { state, digest });
  return digest;
}

function stateOf(path: string): string {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}
