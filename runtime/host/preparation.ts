import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { RunnerDeps } from './runner-deps.ts';

interface PreparationListener {
  readonly onProgress: (text: string) => void;
  readonly onDone: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** The source of one version of a plugin: made ready once, tried again after a failure. */
export class Preparation {
  readonly #prepare: RunnerDeps['prepare'];
  readonly #signal: AbortSignal;
  readonly #listener: PreparationListener;
  #source: PreparedSource | undefined;
  #progress = '';
  #running: Promise<PreparedSource> | undefined;

  constructor(prepare: RunnerDeps['prepare'], signal: AbortSignal, listener: PreparationListener) {
    this.#prepare = prepare;
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

  async #once(manifest: Manifest): Promise<PreparedSource> {
    try {
      this.#source = await this.#prepare(manifest, this.#signal, (text) => {
        this.#progress = text;
        this.#listener.onProgress(text);
      });
    } catch (error) {
      this.#running = undefined;
      this.#listener.onFailed(error);
      throw error;
    }
    this.#listener.onDone();
    return this.#source;
  }
}
