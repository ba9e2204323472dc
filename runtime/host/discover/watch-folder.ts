import { basename } from 'node:path';
import { isManifestFile } from './manifest-folder.ts';

/** Follows one folder until disposed. */
export interface FolderWatch extends AsyncDisposable {
  /** Settles when every later change will be noticed, or when watching has failed for good. Never rejects. */
  readonly ready: Promise<void>;
}

/**
 * Calls `onEvent` for whatever happens to the manifests in `dir`. Events only say that something
 * happened: the caller looks for itself, so lost or doubled events do no harm. Where the system gives
 * no (more) notifications, as in ENOSPC of inotify, the folder is polled instead.
 */
export function watchFolder(
  dir: string,
  onEvent: () => void,
  onError: (error: unknown) => void,
): FolderWatch {
  const ready = Promise.withResolvers<void>();
  const stop = new AbortController();
  const following = followUntil(stop.signal, dir, onEvent, ready.resolve)
    .catch(onError)
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
  dir: string,
  onEvent: () => void,
  onReady: () => void,
): Promise<void> {
  // Loaded here and not above: 12 ms that the kernel's start does not pay.
  const { watch } = await import('chokidar');
  let failure: unknown;
  for (const backend of ['auto', 'polling'] as const) {
    if (stop.aborted) return;
    const ended = Promise.withResolvers<unknown>();
    stop.addEventListener('abort', ended.resolve);
    const watcher = watch(dir, {
      backend,
      pollingInterval: 250,
      depth: 0,
      atomic: false,
      ignoreInitial: true,
      ignored: (path, stats) => stats?.isFile() === true && !isManifestFile(basename(path)),
    });
    watcher.on('all', onEvent).on('ready', onReady).on('error', ended.resolve);
    failure = await ended.promise;
    stop.removeEventListener('abort', ended.resolve);
    await watcher.close();
  }
  if (!stop.aborted) throw failure;
}
