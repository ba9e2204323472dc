import { useEffect, useRef } from 'react';
import { useOwnStream } from '../../api/read-stream.ts';

/** Lines come in bursts; they are read at most this often, in milliseconds. */
const gatherMs = 250;

/** Calls `onLines` when a plugin wrote lines, and says whether it hears of them. */
export function useLiveLines(plugin: string, onLines: () => void): boolean {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const soon = (): void => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      onLines();
    }, gatherMs);
  };
  return useOwnStream(`/api/logs/stream?plugin=${encodeURIComponent(plugin)}`, {
    onEvent: soon,
    // What was written before it was open.
    onLink: (isUp) => isUp && soon(),
  });
}
