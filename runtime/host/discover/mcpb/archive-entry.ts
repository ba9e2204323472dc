import type { Entry } from 'yauzl';

/** One regular file of an archive, at a path that cannot leave the folder it is unpacked into. */
export interface ArchiveFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly isExecutable: boolean;
  readonly entry: Entry;
}

/** Bounds of what is taken from an archive. Real bundles have up to some 30,000 files and 300 MB. */
export const archiveLimits = {
  entries: 50_000,
  /** Bytes of all files together. */
  total: 1_073_741_824,
  /** Bytes of all files for each byte of the archive, once they are more than `free`. Deflate itself ends at 1,032. */
  ratio: 100,
  free: 67_108_864,
  pathChars: 1_024,
  depth: 64,
} as const;

const typeMask = 0o170000;
const regular = 0o100000;
const directory = 0o040000;
const symlink = 0o120000;

/** What is wrong with one entry by itself, or undefined. */
export function problemOf(entry: Entry): string | undefined {
  const name = entry.fileName;
  return nameProblem(name) ?? typeProblem(entry) ?? dataProblem(entry);
}

/** Names that are no plain relative path: they could be written outside of the folder, or over each other. */
function nameProblem(name: string): string | undefined {
  if (name === '' || name.length > archiveLimits.pathChars) return 'has a name that is empty or too long';
  if (/^(?:\/|[A-Za-z]:)/.test(name)) return 'has an absolute name';
  if (name.includes('\\')) return 'has a backslash in its name';
  // oxlint-disable-next-line no-control-regex -- exactly these are refused
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has a control character in its name';
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.length > archiveLimits.depth) return 'lies too deep';
  if (parts.some((part) => part === '..')) return 'leads out of the bundle';
  if (parts.some((part) => part === '' || part === '.')) return 'has a name with an empty part';
  return undefined;
}

/** The Unix type is in the upper half of the external attributes; writers that know none leave it 0. */
function typeProblem({ externalFileAttributes, fileName }: Entry): string | undefined {
  const type = (externalFileAttributes >>> 16) & typeMask;
  if (type === symlink) return 'is a symbolic link';
  if (type !== 0 && type !== regular && type !== directory) return 'is no regular file';
  if (type === directory && !fileName.endsWith('/')) return 'is a folder with the name of a file';
  return undefined;
}

function dataProblem(entry: Entry): string | undefined {
  if (entry.isEncrypted()) return 'is encrypted';
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    return `is compressed in a way (${entry.compressionMethod}) that is not read`;
  return undefined;
}

/** Whether the archive marks it as a program. */
export function isExecutable({ externalFileAttributes }: Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o111) !== 0;
}
