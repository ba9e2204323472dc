import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf, NexusError } from '../../base/errors.ts';
import { isManifestFile, ManifestFolder, type Discovered, type ManifestChange } from './manifest-folder.ts';
import { watchPaths, type PathWatch } from './watch-paths.ts';

export interface DiscoveryOptions {
  readonly manifestsDir: string;
  /** Told after `entries()` has changed, never with an empty list; also in the middle of no call of ours. */
  readonly onChange: (changes: readonly ManifestChange[]) => void;
  /** A failure of the watching itself; the entries stay as they are. */
  readonly onError: (error: unknown) => void;
}

/** The manifests of a folder, kept up to date. Dispose it to stop watching. */
export interface Discovery extends AsyncDisposable {
  /** Sorted by name. */
  entries(): readonly Discovered[];
  entry(name: string): Discovered | undefined;
  /** Reads the folder now, believing even what looks half-written; changes are announced as ever. */
  rescan(): Promise<void>;
  /** Starts to follow the folder; settles when no further change can be missed. Call it when the kernel is up. */
  watch(): Promise<void>;
}

/** Quiet time after the last event of a burst: ten saves in a row are one look. */
const quietMs = 30;
/** A look is never put off longer than this by further events. */
const maxDelayMs = 300;
/** How long a half-written or vanished file may take to become whole again. */
const settleMs = 120;

/** Reads every manifest of the folder (made when absent). Throws CONFIG_INVALID when it is not a folder. */
export async function discover(options: DiscoveryOptions): Promise<Discovery> {
  const { manifestsDir } = options;
  try {
    mkdirSync(manifestsDir, { recursive: true });
  } catch (error) {
    const todo = `Give another folder with --manifests (${messageOf(error)})`;
    const data = { option: 'manifests', value: manifestsDir, expected: 'a folder', todo };
    throw new NexusError('CONFIG_INVALID', data, error);
  }
  const folder = new ManifestFolder(manifestsDir);
  await folder.look(true);
  return new LiveDiscovery(folder, options);
}

class LiveDiscovery implements Discovery {
  readonly #folder: ManifestFolder;
  readonly #options: DiscoveryOptions;
  #watch: PathWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #burstSince = 0;
  /** Looks run one after the other. */
  #looks: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(folder: ManifestFolder, options: DiscoveryOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  entries(): readonly Discovered[] {
    return this.#folder.entries();
  }

  entry(name: string): Discovered | undefined {
    return this.#folder.entry(name);
  }

  rescan(): Promise<void> {
    return this.#look(true);
  }

  async watch(): Promise<void> {
    if (this.#watch !== undefined || this.#isClosed) return;
    const { manifestsDir, onError } = this.#options;
    this.#watch = watchPaths([manifestsDir], {
      depth: 0,
      isRaw: true,
      isIgnored: (path, isFile) => isFile === true && !isManifestFile(basename(path)),
      onEvent: () => this.#noticed(),
      onError,
    });
    await this.#watch.ready;
    await this.#look(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#watch?.[Symbol.asyncDispose]();
    await this.#looks;
  }

  /** Something happened in the folder: look when the burst is over. */
  #noticed(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#burstSince = now;
    this.#lookIn(Math.max(0, Math.min(quietMs, this.#burstSince + maxDelayMs - now)));
  }

  #lookIn(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look(false);
    }, delayMs);
  }

  /** Never rejects: a failing look is reported and the next event looks again. */
  #look(isFinal: boolean): Promise<void> {
    this.#looks = this.#lookAfter(this.#looks, isFinal);
    return this.#looks;
  }

  async #lookAfter(previous: Promise<void>, isFinal: boolean): Promise<void> {
    await previous;
    if (this.#isClosed) return;
    try {
      const { changes, unsettled } = await this.#folder.look(isFinal);
      if (unsettled && this.#timer === undefined) this.#lookIn(settleMs);
      if (changes.length > 0) this.#options.onChange(changes);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
