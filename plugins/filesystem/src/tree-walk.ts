import { pinFolder, type Descriptor } from './descriptor.ts';
import { systemCode } from './faults.ts';
import { readEntries, type FolderEntry } from './folder-entries.ts';

/** Names read from one folder at a time; a larger folder is read in several passes. */
const BATCH_SIZE = 20_000;

export interface TreeEntry extends FolderEntry {
  /** The folder it is in, open only until the walk goes on. */
  readonly folder: Descriptor;
  /** Names from the start of the walk down to this entry. */
  readonly path: readonly string[];
}

export interface WalkOptions {
  /** Levels of folders to go into: 1 lists one folder. */
  readonly depth: number;
  /** Where an earlier walk stopped: only what comes after this path is visited. */
  readonly from?: { readonly path: readonly string[]; readonly isIncluded: boolean } | undefined;
  /** Whether an entry is visited at all; a refused folder is not entered. */
  readonly accepts?: (path: readonly string[]) => boolean;
  /** Told of each folder that may not be read. */
  readonly onUnreadable?: (path: readonly string[]) => void;
}

/** Visits a tree in the order of names, a folder before what is in it. Links are reported, never followed. */
export function* walkTree(
  folder: Descriptor,
  options: WalkOptions,
  above: readonly string[] = [],
): Generator<TreeEntry> {
  const resume = options.from;
  const resumeName = resume?.path[0];
  let floor = resumeName === undefined ? undefined : { name: resumeName, isIncluded: true };
  for (;;) {
    const batch = readEntries(folder, BATCH_SIZE, floor);
    for (const entry of batch) {
      const path = [...above, entry.name];
      if (options.accepts?.(path) === false) continue;
      const isResumed = resume !== undefined && entry.name === resumeName;
      const isTarget = isResumed && resume.path.length === 1;
      if (!isResumed || (isTarget && resume.isIncluded)) yield { ...entry, folder, path };
      if (entry.kind !== 'folder') continue;
      const inner = isResumed && !isTarget ? { ...resume, path: resume.path.slice(1) } : undefined;
      yield* enter(folder, entry.name, { ...options, depth: options.depth - 1, from: inner }, path);
    }
    const last = batch.at(-1);
    if (last === undefined || batch.length < BATCH_SIZE) return;
    floor = { name: last.name, isIncluded: false };
  }
}

function* enter(
  parent: Descriptor,
  name: string,
  options: WalkOptions,
  path: readonly string[],
): Generator<TreeEntry> {
  if (options.depth < 1) return;
  try {
    using folder = pinFolder(parent, name);
    // Undefined when it was swapped for something else since its parent was read: then it is left out.
    if (folder !== undefined) yield* walkTree(folder, options, path);
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error;
    options.onUnreadable?.(path);
  }
}
