import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NexusError, systemCode } from '../../base/errors.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { manifestInvalid, readManifest } from './read-manifest.ts';

/** One manifest file: what it declares, or why it declares nothing. `name` is the file's, without .json. */
export type Discovered =
  | { readonly ok: true; readonly name: string; readonly file: string; readonly manifest: Manifest }
  | { readonly ok: false; readonly name: string; readonly file: string; readonly error: NexusError };

export type ManifestChange =
  | { readonly kind: 'added' | 'changed'; readonly name: string; readonly entry: Discovered }
  | { readonly kind: 'removed'; readonly name: string };

export interface Look {
  readonly changes: readonly ManifestChange[];
  /** A file looked half-written or was gone for the first time: look again soon. */
  readonly unsettled: boolean;
}

interface Seen {
  readonly entry: Discovered;
  readonly stamp: string;
}

const maxManifestBytes = 1_048_576;

/** Whether a file of the manifests folder is a manifest: not the schema, a lock, a hidden or an editor's file. */
export function isManifestFile(fileName: string): boolean {
  return (
    fileName.endsWith('.json') &&
    !fileName.endsWith('.lock.json') &&
    fileName !== 'manifest.schema.json' &&
    !/^[.#~]/.test(fileName)
  );
}

/** What was last read from a folder of manifests, and what differs at the next look. */
export class ManifestFolder {
  readonly #dir: string;
  readonly #seen = new Map<string, Seen>();
  /** Stamps (empty for a vanished file) that looked unfinished and are believed only if they stay. */
  #doubted = new Map<string, string>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  entries(): readonly Discovered[] {
    return [...this.#seen.values()]
      .map(({ entry }) => entry)
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  entry(name: string): Discovered | undefined {
    return this.#seen.get(name)?.entry;
  }

  /**
   * Reads what changed since the last look. Unless `isFinal`, a file that is not JSON or has vanished is
   * left as it was until a second look finds it in the same state: editors truncate, write and rename.
   * Calls must not overlap.
   */
  async look(isFinal: boolean): Promise<Look> {
    const changes: ManifestChange[] = [];
    const doubted = new Map<string, string>();
    const isDoubtful = (name: string, stamp: string): boolean => {
      if (isFinal || this.#doubted.get(name) === stamp) return false;
      doubted.set(name, stamp);
      return true;
    };
    const present = this.#stamps();
    for (const [name, stamp] of present) {
      const before = this.#seen.get(name);
      if (before?.stamp === stamp) continue;
      const read = await this.#read(name);
      if (read === undefined || (read.isHalfWritten && isDoubtful(name, stamp))) continue;
      this.#seen.set(name, { entry: read.entry, stamp });
      if (before !== undefined && isSame(before.entry, read.entry)) continue;
      changes.push({ kind: before === undefined ? 'added' : 'changed', name, entry: read.entry });
    }
    for (const name of [...this.#seen.keys()].filter((seen) => !present.has(seen))) {
      if (isDoubtful(name, '')) continue;
      this.#seen.delete(name);
      changes.push({ kind: 'removed', name });
    }
    this.#doubted = doubted;
    return { changes, unsettled: doubted.size > 0 };
  }

  /** Name → identity of the file's present content, without reading it. */
  #stamps(): Map<string, string> {
    const stamps = new Map<string, string>();
    for (const fileName of fileNames(this.#dir)) {
      const stamp = stampOf(join(this.#dir, fileName));
      if (stamp !== undefined) stamps.set(fileName.slice(0, -'.json'.length), stamp);
    }
    return stamps;
  }

  async #read(name: string): Promise<{ entry: Discovered; isHalfWritten: boolean } | undefined> {
    const file = join(this.#dir, `${name}.json`);
    const text = readText(file);
    if (text === undefined) return undefined;
    try {
      if (text instanceof NexusError) throw text;
      const manifest = await readManifest(file, text);
      return { entry: { ok: true, name, file, manifest }, isHalfWritten: false };
    } catch (error) {
      if (!(error instanceof NexusError)) throw error;
      return {
        entry: { ok: false, name, file, error },
        isHalfWritten: typeof text !== 'string' || !isJson(text),
      };
    }
  }
}

function fileNames(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter(isManifestFile).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Changes whenever the content may have; undefined when there is nothing any more. What is no file counts by its kind. */
function stampOf(path: string): string | undefined {
  const own = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (own === undefined) return undefined;
  const { mtimeNs, ctimeNs, size, ino, mode } = targetOf(path) ?? own;
  const isFolder = (mode & BigInt(constants.S_IFMT)) === BigInt(constants.S_IFDIR);
  return isFolder ? 'folder' : `${mtimeNs}:${ctimeNs}:${size}:${ino}`;
}

/** What a path leads to; undefined for a link to nothing, in a circle, or through a folder that may not be entered. */
function targetOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** The file's text, the reason it cannot be read, or undefined when it is gone by now. */
function readText(file: string): string | NexusError | undefined {
  const problem = (words: string, todo: string): NexusError =>
    manifestInvalid(file, { path: [], problem: words, todo });
  let descriptor: number | undefined;
  try {
    // A pipe that nobody writes to must not hold up the kernel.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(descriptor);
    if (stat.isDirectory())
      return problem('is a folder', 'Put a file there, or give the folder another name');
    if (!stat.isFile()) return problem('is no file but a pipe or a device', 'Put a file there, or remove it');
    if (stat.size > maxManifestBytes) return problem('is larger than 1 MiB', 'Put a manifest there');
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && (code === 'ENOENT' || code === 'ELOOP'))
      return problem('is a link to nothing', 'Correct the link, or remove it');
    if (code === 'ENOENT') return undefined;
    if (code === 'ENXIO') return problem('is no file but a socket', 'Put a file there, or remove it');
    return problem(`cannot be read (${code})`, 'Make it readable for the user the kernel runs as');
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isSame(a: Discovered, b: Discovered): boolean {
  if (a.ok && b.ok) return isDeepStrictEqual(a.manifest, b.manifest);
  return !a.ok && !b.ok && a.error.message === b.error.message;
}
