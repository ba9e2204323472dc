import { isRecord } from './api-error.ts';
import { readStream } from './read-stream.ts';

/** One event of the kernel: its type says which area it belongs to. */
export interface LiveEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface LiveListener {
  readonly onEvent: (event: LiveEvent) => void;
  /** Events may have been missed; `isUp` says whether they come now. */
  readonly onLink: (isUp: boolean) => void;
}

const path = '/api/events';
const lockName = 'nexus-live';

type Told = { readonly event: LiveEvent } | { readonly isUp: boolean } | 'ask';

/**
 * Hears the events of the kernel. A browser opens six connections to one address and no more, so of all tabs one holds
 * the stream and tells the others; when it goes, the next one takes over.
 */
export function listenLive(listener: LiveListener): () => void {
  const channel = new BroadcastChannel(lockName);
  const stop = new AbortController();
  let isUp: boolean | undefined;
  const hear = (told: Told): void => {
    if (told === 'ask') {
      if (isHolder && isUp !== undefined) channel.postMessage({ isUp });
    } else if ('event' in told) listener.onEvent(told.event);
    else listener.onLink((isUp = told.isUp));
  };
  let isHolder = false;
  channel.addEventListener('message', ({ data }: MessageEvent<Told>) => hear(data));
  const tell = (told: Told): void => {
    channel.postMessage(told);
    hear(told);
  };
  const hold = async (): Promise<void> => {
    isHolder = true;
    await readStream(path, stop.signal, {
      onLink: (up) => tell({ isUp: up }),
      onEvent: (event) => {
        if (isRecord(event) && typeof event['type'] === 'string')
          tell({ event: { ...event, type: event['type'] } });
      },
    });
  };
  const held =
    'locks' in navigator ? navigator.locks.request(lockName, { signal: stop.signal }, hold) : hold();
  held.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  channel.postMessage('ask');
  return () => {
    stop.abort();
    channel.close();
  };
}
