import { mkdirSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { pin, pinPath, type Descriptor, type Pin } from './descriptor.ts';
import { FileFault, systemCode } from './faults.ts';

/** As many as Linux itself follows (path_resolution(7)). */
const MAX_REDIRECTS = 40;
const MAX_DEPTH = 256;

export interface LocateOptions {
  /** Whether a link in the last position is followed; links before it always are. */
  readonly followLast: boolean;
  /** Whether missing folders on the way are made. */
  readonly createParents?: boolean;
}

/**
 * Where a path leads: the folder held open, and a name in it. Everything is done through these descriptors,
 * so another process that swaps names meanwhile cannot redirect it.
 */
export class Place implements Disposable {
  /** The path with links resolved, relative to the workspace; "." is the workspace itself. */
  readonly path: string;
  readonly folder: Descriptor;
  readonly name: string;
  /** What is there, if anything. */
  readonly entry: Pin | undefined;

  constructor(names: readonly string[], folder: Descriptor, entry: Pin | undefined) {
    this.path = names.length === 0 ? '.' : names.join('/');
    this.folder = folder;
    this.name = names.at(-1) ?? '';
    this.entry = entry;
  }

  [Symbol.dispose](): void {
    this.entry?.[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }

  /** The entry, or NOT_FOUND. */
  existing(): Pin {
    if (this.entry === undefined) throw notFound(this.path);
    return this.entry;
  }
}

/** One folder, and no way out of it: every path is resolved name by name from its open descriptor. */
export class Workspace implements Disposable {
  readonly #root: Pin;
  /** The ways an absolute path may spell this folder: as configured, and canonical. */
  readonly #spellings: readonly string[];

  /** Opens the folder at `path`; throws PLATFORM_UNSUPPORTED where its confinement cannot be enforced. */
  constructor(path: string) {
    const { root, canonical } = openWorkspace(path);
    this.#root = root;
    this.#spellings = [posix.resolve(path), canonical];
  }

  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
  }

  /** Finds where `requested` leads. Links are followed as long as they stay inside the workspace. */
  locate(requested: string, options: LocateOptions): Place {
    let names = this.#namesOf(requested);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      if (names.length > MAX_DEPTH) {
        throw new FileFault(
          'INVALID_ARGUMENT',
          `"${requested}" is too deep`,
          `Use at most ${MAX_DEPTH} levels`,
        );
      }
      const outcome = this.#walk(names, requested, options);
      if (outcome instanceof Place) return outcome;
      names = outcome;
    }
    throw new FileFault(
      'LINK_LOOP',
      `"${requested}" goes through more than ${MAX_REDIRECTS} links`,
      'Use the path of the target itself',
    );
  }

  /** Walks real folders only. A link, or ".." out of a link's target, gives the names to start over with. */
  #walk(names: readonly string[], requested: string, options: LocateOptions): Place | readonly string[] {
    let folder = this.#openRoot();
    let entry: Pin | undefined;
    let isKept = false;
    try {
      for (const [index, name] of names.entries()) {
        const isLast = index === names.length - 1;
        if (name === '..') return stepUp(names, index, requested);
        entry = pin(folder, name);
        if (entry === undefined && !isLast) entry = makeParent(folder, names, index, options);
        if (entry?.kind === 'link' && (!isLast || options.followLast)) {
          return this.#redirect(folder, names, index, requested);
        }
        if (isLast) {
          isKept = true;
          return new Place(names, folder, entry);
        }
        if (entry?.kind !== 'folder') throw notAFolder(names, index);
        folder[Symbol.dispose]();
        folder = entry;
        entry = undefined;
      }
      entry = this.#openRoot();
      isKept = true;
      return new Place([], folder, entry);
    } finally {
      if (!isKept) {
        entry?.[Symbol.dispose]();
        folder[Symbol.dispose]();
      }
    }
  }

  /** The names to walk instead when `names[index]` is a link; its target is only ever text to resolve again. */
  #redirect(
    folder: Descriptor,
    names: readonly string[],
    index: number,
    requested: string,
  ): readonly string[] {
    let target: string;
    try {
      target = readlinkSync(folder.child(names[index] ?? ''));
    } catch (error) {
      // Swapped for something else, or gone, since it was pinned: look again.
      if (['EINVAL', 'ENOENT'].includes(systemCode(error) ?? '')) return names;
      throw error;
    }
    const before = target.startsWith('/') ? [] : names.slice(0, index);
    const within = target.startsWith('/') ? this.#stripRoot(target, requested) : target;
    return [...before, ...split(within), ...names.slice(index + 1)];
  }

  /** Names of a path given by a caller: relative to the workspace, or absolute and inside it. */
  #namesOf(requested: string): readonly string[] {
    if (requested.includes('\0')) {
      throw new FileFault('INVALID_ARGUMENT', 'The path contains a NUL character', 'Remove it');
    }
    const normal = posix.normalize(requested === '' ? '.' : requested);
    const names = split(normal.startsWith('/') ? this.#stripRoot(normal, requested) : normal);
    if (names[0] === '..') throw outside(requested);
    return names;
  }

  #stripRoot(absolute: string, requested: string): string {
    for (const root of this.#spellings) {
      if (absolute === root) return '';
      if (absolute.startsWith(`${root}/`)) return absolute.slice(root.length + 1);
    }
    throw outside(requested);
  }

  #openRoot(): Pin {
    const root = pinPath(this.#root.self);
    if (root.stats.nlink > 0) return root;
    root[Symbol.dispose]();
    throw new FileFault(
      'NOT_FOUND',
      'The workspace folder itself was removed while the plugin was running',
      'Ask the operator to make it again and restart this plugin',
    );
  }
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Every name before `index` was just seen to be a real folder, so dropping one is a true step up. */
function stepUp(names: readonly string[], index: number, requested: string): readonly string[] {
  if (index === 0) throw outside(requested);
  return names.toSpliced(index - 1, 2);
}

function makeParent(
  folder: Descriptor,
  names: readonly string[],
  index: number,
  options: LocateOptions,
): Pin {
  const path = names.slice(0, index + 1).join('/');
  if (options.createParents !== true) throw notFound(path);
  const name = names[index] ?? '';
  try {
    mkdirSync(folder.child(name));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  const made = pin(folder, name);
  if (made === undefined) {
    throw new FileFault('CHANGED_MEANWHILE', `"${path}" was removed by someone else meanwhile`, 'Try again');
  }
  return made;
}

function notFound(path: string): FileFault {
  return new FileFault(
    'NOT_FOUND',
    `"${path}" does not exist`,
    'Check the spelling with list_dir on the folder above',
  );
}

function notAFolder(names: readonly string[], index: number): FileFault {
  const path = names.slice(0, index + 1).join('/');
  return new FileFault('NOT_A_FOLDER', `"${path}" is not a folder`, 'Check the path with list_dir');
}

function outside(requested: string): FileFault {
  return new FileFault(
    'OUTSIDE_WORKSPACE',
    `"${requested}" leads out of the workspace`,
    'Use a path relative to the workspace, such as "notes/today.md"; links that lead outside are refused too',
  );
}

/** Opens the workspace and proves that confinement works here: it needs Linux's /proc/self/fd. */
function openWorkspace(path: string): { readonly root: Pin; readonly canonical: string } {
  if (process.platform !== 'linux') {
    throw new FileFault(
      'PLATFORM_UNSUPPORTED',
      `The filesystem plugin cannot confine itself on ${process.platform}`,
      'Run it on Linux, for example in a container or in WSL',
    );
  }
  let root: Pin;
  try {
    root = pinPath(path);
  } catch (error) {
    throw new FileFault(
      systemCode(error) === 'ERR_ACCESS_DENIED' ? 'PERMISSION_DENIED' : 'NOT_FOUND',
      `The workspace "${path}" cannot be opened (${systemCode(error) ?? 'unknown'})`,
      'Set NEXUS_WORKSPACE to a folder that exists and that this plugin may use',
      error,
    );
  }
  try {
    return { root, canonical: readlinkSync(root.self) };
  } catch (error) {
    root[Symbol.dispose]();
    throw new FileFault(
      'PLATFORM_UNSUPPORTED',
      `/proc/self/fd cannot be used (${systemCode(error) ?? 'unknown'})`,
      'Mount /proc in the sandbox; under node --permission add /proc/self/fd/ to --allow-fs-read and --allow-fs-write',
      error,
    );
  }
}
