import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { RunnerDeps } from './runner-deps.ts';

interface PreparationListener {
  readonly onProgress: (text: string) => void;
  readonly onDone: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** What was prepared longer ago than this, or was started before, is looked at again: its files may be other ones. In milliseconds. */
const freshMs = 250;

/** The source of one version of a plugin: made ready once, tried again after a failure. */
export class Preparation {
  readonly #deps: Pick<RunnerDeps, 'prepare' | 'consent'>;
  readonly #signal: AbortSignal;
  readonly #listener: PreparationListener;
  #source: PreparedSource | undefined;
  #preparedAt = 0;
  #isUsed = false;
  #progress = '';
  #running: Promise<PreparedSource> | undefined;

  constructor(
    deps: Pick<RunnerDeps, 'prepare' | 'consent'>,
    signal: AbortSignal,
    listener: PreparationListener,
  ) {
    this.#deps = deps;
    this.#signal = signal;
    this.#listener = listener;
  }

  get source(): PreparedSource | undefined {
    return this.#source;
  }

  /** How far it is, such as the installation of a package; in words. */
  get progress(): string {
    return this.#progress;
  }

  /** Rejects with the reason, of which the listener was told. */
  done(manifest: Manifest): Promise<PreparedSource> {
    this.#running ??= this.#once(manifest);
    return this.#running;
  }

  /** As it is now, for a start. The listener is told of a failure only. */
  async fresh(manifest: Manifest): Promise<PreparedSource> {
    const source = await this.done(manifest);
    const isFresh = !this.#isUsed && performance.now() - this.#preparedAt < freshMs;
    this.#isUsed = true;
    const isWhole = source.contentHash !== null || this.#deps.consent.isFollowed(manifest, source);
    if (isFresh && isWhole) return source;
    try {
      const looked = await this.#look(manifest);
      this.#signal.throwIfAborted();
      return looked;
    } catch (error) {
      this.#listener.onFailed(error);
      throw error;
    }
  }

  async #look(manifest: Manifest): Promise<PreparedSource> {
    const source = await this.#deps.prepare(manifest, this.#signal, (text) => {
      this.#progress = text;
      this.#listener.onProgress(text);
    });
    this.#preparedAt = performance.now();
    this.#source = source;
    return source;
  }

  async #once(manifest: Manifest): Promise<PreparedSource> {
    let source: PreparedSource;
    try {
      source = await this.#look(manifest);
    } catch (error) {
      this.#running = undefined;
      this.#listener.onFailed(error);
      throw error;
    }
    this.#listener.onDone();
    return source;
  }
}
