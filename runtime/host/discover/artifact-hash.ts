import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { systemCode } from '../../base/errors.ts';
import { largeFileDigest } from './large-file-digest.ts';

/** Of these folders the record of what is installed is hashed, not every file: a tree of SDKs has thousands. */
const skipped = new Set(['node_modules', '.git', '__pycache__', '.venv', 'venv']);
/** Whether a file or folder of this name is no code of the plugin itself. */
export function isPassedOver(name: string): boolean {
  return skipped.has(name);
}

/** What of an Agent Plugins package is no code: a change of its description or of a skill restarts nothing. */
const notRun = new Set(['plugin.json', 'skills']);
const installRecords = ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'];

/** Bytes of the largest file that is read in one piece, and each time. */
const largestRead = 1_048_576n;

/** After this many files the event loop gets its turn. */
const filesPerTurn = 256;

/**
 * SHA-256 over the content and relative names of files and folders, and over `how` they are started. The
 * same code in another place hashes the same. Not cached: 50 packages of 30 files take 16 ms, and asking for
 * the state of as many files, which a cache would have to do, half of that.
 */
export async function hashArtifacts(
  artifacts: readonly string[],
  how: unknown,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(how));
  let count = 0;
  for (const artifact of artifacts) {
    for (const file of filesOf(artifact, '')) {
      try {
        await addFile(hash, file, signal);
      } catch (error) {
        // Deleted since its folder was read: the hash is that of the folder without it.
        if (systemCode(error) !== 'ENOENT') throw error;
      }
      if (++count % filesPerTurn === 0) {
        await setImmediate();
        signal.throwIfAborted();
      }
    }
  }
  return hash.digest('hex');
}

interface NamedFile {
  readonly name: string;
  readonly path: string;
  readonly isLink: boolean;
}

function* filesOf(path: string, name: string): Iterable<NamedFile> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) yield { name, path, isLink: false };
  else if (stat?.isDirectory() === true) yield* filesIn(path, name);
}

function* filesIn(dir: string, name: string): Iterable<NamedFile> {
  const entries = readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const isPackage = name === '' && entries.some((entry) => entry.name === 'plugin.json');
  for (const entry of entries) {
    if (isPackage && notRun.has(entry.name)) continue;
    const path = join(dir, entry.name);
    const inner = `${name}/${entry.name}`;
    if (entry.isFile()) yield { name: inner, path, isLink: false };
    else if (entry.isSymbolicLink()) yield { name: inner, path, isLink: true };
    else if (entry.isDirectory() && !skipped.has(entry.name)) yield* filesIn(path, inner);
    else if (entry.name === 'node_modules') yield* recordsIn(path, inner);
  }
}

function* recordsIn(modules: string, name: string): Iterable<NamedFile> {
  for (const record of installRecords) yield* filesOf(join(modules, record), `${name}/${record}`);
}

async function addFile(hash: Hash, { name, path, isLink }: NamedFile, signal: AbortSignal): Promise<void> {
  const content = isLink ? Buffer.from(`-> ${readlinkSync(path)}`) : await contentOf(path, signal);
  hash.update(`\0${name}\0${content.length}\0`).update(content);
}

/** Of programs of many megabytes their digest stands for them. */
async function contentOf(path: string, signal: AbortSignal): Promise<Buffer> {
  const { size } = statSync(path, { bigint: true });
  return size <= largestRead ? readFileSync(path) : Buffer.from(await largeFileDigest(path, signal));
}
