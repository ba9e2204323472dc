import { opendirSync, type Dirent } from 'node:fs';
import type { Descriptor, Kind } from './descriptor.ts';

/** One name in a folder, and what it was when the folder was read. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: Kind;
}

/**
 * The first `max` entries of a folder in the order of their names (UTF-16 code units), from `floor` on or after it.
 * Memory stays within 2 × `max` names, however many there are.
 */
export function readEntries(
  folder: Descriptor,
  max: number,
  floor?: { readonly name: string; readonly isIncluded: boolean },
): FolderEntry[] {
  let found: FolderEntry[] = [];
  const stream = opendirSync(folder.self, { bufferSize: 256 });
  try {
    for (let item = stream.readSync(); item !== null; item = stream.readSync()) {
      if (floor !== undefined && item.name < floor.name) continue;
      if (floor?.isIncluded === false && item.name === floor.name) continue;
      found.push({ name: item.name, kind: kindOf(item) });
      if (found.length >= 2 * max) found = found.sort(byName).slice(0, max);
    }
  } finally {
    stream.closeSync();
  }
  return found.sort(byName).slice(0, max);
}

function kindOf(item: Dirent): Kind {
  if (item.isFile()) return 'file';
  if (item.isDirectory()) return 'folder';
  return item.isSymbolicLink() ? 'link' : 'other';
}

function byName(a: FolderEntry, b: FolderEntry): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
