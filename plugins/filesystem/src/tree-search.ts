import { openForReading, pin, type Descriptor, type Pin } from './descriptor.ts';
import { FileFault, systemCode } from './faults.ts';
import { takeTurn } from './take-turn.ts';
import type { Position, TextSearch } from './text-search.ts';
import { walkTree } from './tree-walk.ts';
import type { Place } from './workspace.ts';

/** Files and folders one call looks at. */
const MAX_VISITED = 100_000;
const MAX_DEPTH = 256;
/** Files and folders looked at before other calls get a turn. */
const TURN_ENTRIES = 500;
const START: Position = { offset: 0, line: 1 };

/** Where a search stopped: a file, relative to the searched folder (empty: the searched file itself), and in it. */
export interface TreePosition extends Position {
  readonly path: readonly string[];
}

export interface TreeSearchOptions {
  readonly from: TreePosition | undefined;
  /** Whether a file is searched. */
  readonly includes: (path: readonly string[]) => boolean;
  /** Whether a file is left out, or a folder with everything in it. */
  readonly excludes: (path: readonly string[]) => boolean;
  readonly signal: AbortSignal;
}

/** One search through a file or a folder; what it finds is collected in a TextSearch. */
export class TreeSearch {
  files = 0;
  binary = 0;
  unreadable = 0;
  readonly #text: TextSearch;
  readonly #options: TreeSearchOptions;

  constructor(text: TextSearch, options: TreeSearchOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** Searches until the end, or gives the position to go on from. */
  async run(place: Place): Promise<TreePosition | undefined> {
    const start = place.existing();
    if (start.kind === 'folder')
      return await this.#searchFolder(start, place.path === '.' ? '' : `${place.path}/`);
    using file = openForReading(start, place.path);
    return await this.#searchFile(file, place.path, [], this.#options.from ?? START);
  }

  async #searchFolder(folder: Descriptor, prefix: string): Promise<TreePosition | undefined> {
    const { from, includes, excludes, signal } = this.#options;
    let visited = 0;
    const walk = walkTree(folder, {
      depth: MAX_DEPTH,
      from: from && { path: from.path, isIncluded: true },
      accepts: (path) => !excludes(path),
      onUnreadable: () => (this.unreadable += 1),
    });
    for (const entry of walk) {
      const isResumed = from !== undefined && from.path.join('/') === entry.path.join('/');
      const position = isResumed ? from : START;
      visited += 1;
      if (visited > MAX_VISITED || this.#text.isSpent) return { ...position, path: entry.path };
      if (visited % TURN_ENTRIES === 0) {
        await takeTurn(signal);
      }
      if (entry.kind !== 'file' || !includes(entry.path)) continue;
      using file = this.#open(entry.folder, entry.name);
      if (file === undefined) continue;
      const stopped = await this.#searchFile(file, prefix + entry.path.join('/'), entry.path, position);
      if (stopped !== undefined) return stopped;
    }
    return undefined;
  }

  async #searchFile(
    file: Descriptor,
    shownPath: string,
    path: readonly string[],
    from: Position,
  ): Promise<TreePosition | undefined> {
    this.files += 1;
    const outcome = await this.#text.searchFile(file, shownPath, from);
    if (outcome === 'binary') this.binary += 1;
    return outcome === 'binary' || outcome === undefined ? undefined : { ...outcome, path };
  }

  /** Opens a file found in a folder; undefined when it is gone, not a file any more, or may not be read. */
  #open(folder: Descriptor, name: string): Descriptor | undefined {
    let found: Pin | undefined;
    try {
      found = pin(folder, name);
      return found?.kind === 'file' ? openForReading(found, name) : undefined;
    } catch (error) {
      if (!(error instanceof FileFault) && systemCode(error) === undefined) throw error;
      this.unreadable += 1;
      return undefined;
    } finally {
      found?.[Symbol.dispose]();
    }
  }
}
