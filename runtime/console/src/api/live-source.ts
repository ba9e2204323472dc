import { isRecord } from './api-error.ts';

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
const firstWaitMs = 500;
const longestWaitMs = 10_000;

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
  const hold = async (): Promise<void> => {
    isHolder = true;
    await readEvents(stop.signal, (told) => {
      channel.postMessage(told);
      hear(told);
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

/** Reads the stream until told to stop; what breaks is taken up again, later and later. */
async function readEvents(signal: AbortSignal, tell: (told: Told) => void): Promise<void> {
  for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    await readOnce(signal, tell, () => {
      waitMs = firstWaitMs;
    });
    if (signal.aborted) return;
    tell({ isUp: false });
    await pause(waitMs, signal);
  }
}

function readOnce(signal: AbortSignal, tell: (told: Told) => void, onOpen: () => void): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource(path);
    const end = (): void => {
      source.close();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    source.addEventListener('open', () => {
      onOpen();
      tell({ isUp: true });
    });
    source.addEventListener('error', end);
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const event: unknown = JSON.parse(data);
      if (isRecord(event) && typeof event['type'] === 'string')
        tell({ event: { ...event, type: event['type'] } });
    });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
