import { useEffect, useEffectEvent, useState } from 'react';

const firstWaitMs = 500;
const longestWaitMs = 10_000;

export interface StreamListener {
  /** One event, as JSON says it. */
  readonly onEvent: (event: unknown) => void;
  /** Events may have been missed; `isUp` says whether they come now. */
  readonly onLink: (isUp: boolean) => void;
}

/** Reads a stream of server-sent events until told to stop; what breaks is taken up again, later and later. */
export async function readStream(path: string, signal: AbortSignal, listener: StreamListener): Promise<void> {
  for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    await readOnce(path, signal, {
      onEvent: listener.onEvent,
      onLink: (isUp) => {
        waitMs = firstWaitMs;
        listener.onLink(isUp);
      },
    });
    if (signal.aborted) return;
    listener.onLink(false);
    await pause(waitMs, signal);
  }
}

/** A stream of the page's own, held only while the page is in view. Says whether it is up. */
export function useOwnStream(path: string, listener: StreamListener): boolean {
  const [isUp, setUp] = useState(false);
  const onEvent = useEffectEvent(listener.onEvent);
  const onLink = useEffectEvent(listener.onLink);
  useEffect(() => {
    let stop: AbortController | undefined;
    const link = (up: boolean): void => {
      setUp(up);
      onLink(up);
    };
    const follow = (): void => {
      if (!document.hidden && stop === undefined) {
        stop = new AbortController();
        void readStream(path, stop.signal, { onEvent: (event) => onEvent(event), onLink: link });
      } else if (document.hidden && stop !== undefined) {
        stop.abort();
        stop = undefined;
        link(false);
      }
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      stop?.abort();
      setUp(false);
    };
  }, [path]);
  return isUp;
}

function readOnce(path: string, signal: AbortSignal, { onEvent, onLink }: StreamListener): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource(path);
    const end = (): void => {
      source.close();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    source.addEventListener('open', () => onLink(true));
    source.addEventListener('error', end);
    source.addEventListener('message', ({ data }: MessageEvent<string>) => onEvent(JSON.parse(data)));
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
