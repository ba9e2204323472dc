import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** Of these folders the record of what is installed is hashed, not every file: a tree of SDKs has thousands. */
const skipped = new Set(['node_modules', '.git', '__pycache__', '.venv', 'venv']);
const installRecords = ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'];

/** After this many files the event loop gets its turn. */
const filesPerTurn = 256;

/**
 * SHA-256 over the content and relative names of files and folders, and over `how` they are started. The
 * same code in another place hashes the same.
 */
export async function hashArtifacts(
  artifacts: readonly string[],
  how: unknown,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(how));
  let count = 0;
  for (const artifact of artifacts) {
    for (const { name, path } of filesOf(artifact, '')) {
      addFile(hash, name, path);
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
}

function* filesOf(path: string, name: string): Iterable<NamedFile> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) yield { name, path };
  if (stat?.isDirectory() !== true) return;
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) yield* filesOfEntry(entry, `${name}/${entry.name}`);
}

function* filesOfEntry(entry: Dirent, name: string): Iterable<NamedFile> {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() || entry.isSymbolicLink()) yield { name, path };
  else if (entry.isDirectory() && !skipped.has(entry.name)) yield* filesOf(path, name);
  else if (entry.name === 'node_modules') {
    yield* installRecords
      .map((record) => ({ name: `${name}/${record}`, path: join(path, record) }))
      .filter((record) => statSync(record.path, { throwIfNoEntry: false }) !== undefined);
  }
}

function addFile(hash: Hash, name: string, path: string): void {
  const content = readContent(path);
  hash.update(`\0${name}\0${content.length}\0`).update(content);
}

/** The content of a file, the target of a link; empty when it vanished meanwhile. */
function readContent(path: string): Buffer {
  try {
    return Buffer.from(`-> ${readlinkSync(path)}`);
  } catch {
    // Not a link: EINVAL. Two system calls a file cost less than asking for every type beforehand.
  }
  return readFileSync(path);
}
