import type { ChokidarOptions } from 'chokidar';

/** Follows files and folders until disposed. */
export interface PathWatch extends AsyncDisposable {
  /** Settles when every later change will be noticed, or when watching has failed for good. Never rejects. */
  readonly ready: Promise<void>;
}

export interface WatchOptions {
  /** How many folders below the given ones are followed; all when absent. */
  readonly depth?: number;
  /** Also what chokidar is told and keeps to itself: a link to nothing appeared. */
  readonly isRaw?: boolean;
  /** Whether a path is nobody's concern. `isFile` is undefined while that is not known. */
  readonly isIgnored: (path: string, isFile: boolean | undefined) => boolean;
  readonly onEvent: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Calls `onEvent` for whatever happens to the paths. Events only say that something happened: the caller
 * looks for itself, so lost or doubled events do no harm. Where the system gives no (more) notifications,
 * as in ENOSPC of inotify, the paths are polled instead.
 */
export function watchPaths(paths: readonly string[], options: WatchOptions): PathWatch {
  const ready = Promise.withResolvers<void>();
  const stop = new AbortController();
  const following = followUntil(stop.signal, paths, options, ready.resolve)
    .catch(options.onError)
    .finally(ready.resolve);
  return {
    ready: ready.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
    },
  };
}

async function followUntil(
  stop: AbortSignal,
  paths: readonly string[],
  { depth, isRaw, isIgnored, onEvent }: WatchOptions,
  onReady: () => void,
): Promise<void> {
  // Loaded here and not above: 12 ms that the kernel's start does not pay.
  const { watch } = await import('chokidar');
  const options: ChokidarOptions = {
    pollingInterval: 250,
    atomic: false,
    ignoreInitial: true,
    ignored: (path, stats) => isIgnored(path, stats?.isFile()),
    ...(depth === undefined ? {} : { depth }),
  };
  let failure: unknown;
  for (const backend of ['auto', 'polling'] as const) {
    if (stop.aborted) return;
    const ended = Promise.withResolvers<unknown>();
    stop.addEventListener('abort', ended.resolve);
    const watcher = watch([...paths], { ...options, backend });
    watcher.on('all', onEvent).on('ready', onReady).on('error', ended.resolve);
    if (isRaw === true) watcher.on('raw', onEvent);
    failure = await ended.promise;
    stop.removeEventListener('abort', ended.resolve);
    await watcher.close();
  }
  if (!stop.aborted) throw failure;
}
