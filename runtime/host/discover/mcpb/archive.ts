import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { ZipFile } from 'yauzl';
import { messageOf, NexusError } from '../../../base/errors.ts';
import { archiveLimits, isExecutable, problemOf, type ArchiveFile } from './archive-entry.ts';

/** A zip archive, of which every entry was checked before anything is read. Dispose it to close the file. */
export interface Archive extends Disposable {
  /** Regular files by their path. */
  readonly files: ReadonlyMap<string, ArchiveFile>;
  read(file: ArchiveFile): Promise<Readable>;
  /** The whole of a small file. Throws BUNDLE_INVALID when it has more than `most` bytes. */
  readWhole(file: ArchiveFile, most: number): Promise<Buffer>;
}

/** The error for one problem of a bundle; `subject` is the entry, or "" for the whole. */
export function bundleInvalid(file: string, subject: string, problem: string, todo?: string): NexusError {
  const what = subject === '' ? problem : `${JSON.stringify(subject)} ${problem}`;
  const advice = todo ?? 'Do not install it as it is; ask its author for a sound bundle';
  return new NexusError('BUNDLE_INVALID', { file, problem: what, todo: advice });
}

/** Bytes of the largest archive. */
const largestArchive = 536_870_912;

/** Opens a zip archive and checks its whole table of contents. Throws BUNDLE_INVALID, which calls the file `path`. */
export async function openArchive(file: string, path = file): Promise<Archive> {
  const zip = await openZip(file, path);
  try {
    const files = await checkedFiles(path, zip);
    return {
      files,
      read: ({ entry }) => zip.openReadStreamPromise(entry),
      async readWhole({ entry, path: name }, most) {
        if (entry.uncompressedSize > most) throw bundleInvalid(path, name, `has more than ${most} bytes`);
        return await buffer(await zip.openReadStreamPromise(entry));
      },
      [Symbol.dispose]: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function openZip(file: string, path: string): Promise<ZipFile> {
  const { size } = await stat(file);
  if (size > largestArchive) throw bundleInvalid(path, '', `it has more than ${largestArchive} bytes`);
  const zipBytes = size - (await signatureBytes(file, size));
  const { fromRandomAccessReaderPromise, RandomAccessReader } = await import('yauzl');
  class FileReader extends RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      // yauzl's `end` is exclusive.
      return createReadStream(file, { start, end: end - 1 });
    }
  }
  const options = { autoClose: false, strictFileNames: true };
  try {
    return await fromRandomAccessReaderPromise(new FileReader(), zipBytes, options);
  } catch (error) {
    throw bundleInvalid(path, '', `it is no zip archive (${messageOf(error)})`, 'Give a .mcpb file');
  }
}

const signatureStart = 'MCPB_SIG_V1';
const signatureEnd = 'MCPB_SIG_END';
/** A PKCS#7 signature with its certificates has some kilobytes. */
const largestSignature = 1_048_576;

/** `mcpb sign` appends a block behind the archive, where a zip file must end. */
async function signatureBytes(path: string, size: number): Promise<number> {
  const length = Math.min(size, largestSignature);
  await using file = await open(path);
  const { buffer: tail } = await file.read(Buffer.alloc(length), 0, length, size - length);
  const text = tail.toString('latin1');
  const start = text.endsWith(signatureEnd) ? text.lastIndexOf(signatureStart) : -1;
  return start < 0 ? 0 : length - start;
}

async function checkedFiles(path: string, zip: ZipFile): Promise<ReadonlyMap<string, ArchiveFile>> {
  if (zip.entryCount > archiveLimits.entries)
    throw bundleInvalid(path, '', `it has more than ${archiveLimits.entries} entries`);
  const files = new Map<string, ArchiveFile>();
  const folders = new Set<string>();
  const most = Math.min(
    archiveLimits.total,
    Math.max(archiveLimits.free, zip.fileSize * archiveLimits.ratio),
  );
  let total = 0;
  for await (const entry of entriesOf(path, zip)) {
    const name = entry.fileName.normalize('NFC');
    const problem = problemOf(entry);
    if (problem !== undefined) throw bundleInvalid(path, entry.fileName, problem);
    total += entry.uncompressedSize;
    if (total > most) throw bundleInvalid(path, '', `it unpacks to more than ${most} bytes`);
    addFolders(folders, name);
    if (name.endsWith('/')) continue;
    if (files.has(name)) throw bundleInvalid(path, entry.fileName, 'is in it twice');
    files.set(name, { path: name, isExecutable: isExecutable(entry), entry });
  }
  const clash = [...folders].find((folder) => files.has(folder));
  if (clash !== undefined) throw bundleInvalid(path, clash, 'is a file and a folder');
  return files;
}

async function* entriesOf(path: string, zip: ZipFile) {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    if (error instanceof NexusError) throw error;
    throw bundleInvalid(path, '', `its table of contents is unsound (${messageOf(error)})`);
  }
}

function addFolders(folders: Set<string>, name: string): void {
  for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
    const folder = name.slice(0, end);
    if (folders.has(folder)) return;
    folders.add(folder);
  }
}
