import { useEffect, useEffectEvent, useState } from 'react';

/** Lines come in bursts; they are read at most this often, in milliseconds. */
const gatherMs = 250;

/**
 * Calls `onLines` when a plugin wrote lines, and says whether it hears of them. It holds a stream of its own only while
 * the page is in view.
 */
export function useLiveLines(plugin: string, onLines: () => void): boolean {
  const [isLive, setLive] = useState(false);
  const tell = useEffectEvent(onLines);
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        tell();
      }, gatherMs);
    };
    const close = (): void => {
      source?.close();
      source = undefined;
      setLive(false);
    };
    const follow = (): void => {
      if (document.hidden) return close();
      source ??= open();
    };
    const open = (): EventSource => {
      const opened = new EventSource(`/api/logs/stream?plugin=${encodeURIComponent(plugin)}`);
      opened.addEventListener('open', () => {
        setLive(true);
        // What was written before it was open.
        soon();
      });
      opened.addEventListener('message', soon);
      opened.addEventListener('error', () => setLive(false));
      return opened;
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      clearTimeout(timer);
      close();
    };
  }, [plugin]);
  return isLive;
}
