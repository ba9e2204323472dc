import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isPassedOver } from './artifact-hash.ts';
import { watchPaths, type PathWatch } from './watch-paths.ts';

/** Follows the code of one plugin, wherever that is at the moment. */
export class CodeWatch implements AsyncDisposable {
  readonly #onEvent: () => void;
  readonly #onError: (error: unknown) => void;
  #paths: readonly string[] = [];
  #watch: PathWatch | undefined;
  #closing: Promise<void> = Promise.resolve();

  /** `onEvent` is told that something happened, not what: the hash of the code says whether it matters. */
  constructor(onEvent: () => void, onError: (error: unknown) => void) {
    this.#onEvent = onEvent;
    this.#onError = onError;
  }

  /** Follows these files and folders from now on, in place of those before. */
  follow(paths: readonly string[]): void {
    if (isDeepStrictEqual(paths, this.#paths)) return;
    this.#paths = paths;
    this.#leave();
    if (paths.length === 0) return;
    const watch = watchPaths(paths, { isIgnored, onEvent: this.#onEvent, onError: this.#onError });
    this.#watch = watch;
    void this.#lookWhenReady(watch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.follow([]);
    await this.#closing;
  }

  /** What changed before it was followed is noticed too. */
  async #lookWhenReady(watch: PathWatch): Promise<void> {
    await watch.ready;
    if (watch === this.#watch) this.#onEvent();
  }

  #leave(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    if (watch !== undefined) this.#closing = inOrder(this.#closing, watch);
  }
}

async function inOrder(before: Promise<void>, watch: PathWatch): Promise<void> {
  await before;
  await watch[Symbol.asyncDispose]();
}

function isIgnored(path: string): boolean {
  return isPassedOver(basename(path));
}
