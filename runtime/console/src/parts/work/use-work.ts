import { useEffect, useRef, useState } from 'react';
import { askForWork } from './work-lines.ts';

interface WorkState<T> {
  readonly isBusy: boolean;
  readonly progress: string;
  readonly result: T | null;
  readonly error: unknown;
}

const idle = { isBusy: false, progress: '', result: null, error: null };

/** Work that takes long: what it is at, its end, and how to stop it. It is stopped when the page is left. */
export function useWork<T>(read: (result: unknown) => T) {
  const [state, setState] = useState<WorkState<T>>(idle);
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const begin = async (path: string, body: unknown): Promise<T | null> => {
    stop.current?.abort();
    const { signal } = (stop.current = new AbortController());
    setState({ ...idle, isBusy: true, progress: 'Begins' });
    try {
      const onProgress = (progress: string): void => {
        if (!signal.aborted) setState((now) => ({ ...now, progress }));
      };
      const result = read(await askForWork(path, body, { signal, onProgress }));
      if (signal.aborted) return null;
      setState({ ...idle, result });
      return result;
    } catch (error) {
      if (!signal.aborted) setState({ ...idle, error });
      return null;
    }
  };
  const cancel = (): void => {
    stop.current?.abort();
    setState(idle);
  };
  return { ...state, begin, cancel };
}
