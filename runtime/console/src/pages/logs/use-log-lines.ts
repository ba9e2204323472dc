import { useEffect, useReducer, useRef, useState } from 'react';
import type { LogEntry, LogFilter } from '../../../../contract/logs.ts';
import { isRecord } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { useOwnStream } from '../../api/read-stream.ts';
import { nextLines, noLines, type LogLines } from './log-lines.ts';

const pageSize = 500;
/** Lines come in bursts; they are shown at most this often, in milliseconds. */
const gatherMs = 100;

export interface OpenLog {
  readonly lines: LogLines;
  readonly error: unknown;
  readonly isLive: boolean;
  readonly setPaused: (isPaused: boolean) => void;
  readonly readEarlier: () => void;
  readonly retry: () => void;
}

/** The lines that fit a filter, as they are written. Another filter is another log: the component is keyed by it. */
export function useLogLines(filter: LogFilter): OpenLog {
  const [lines, act] = useReducer(nextLines, noLines);
  const [error, setError] = useState<unknown>(null);
  const isReading = useRef(false);
  const put = useGathered((entries) => act({ type: 'came', entries }));
  const read = async (before?: string): Promise<void> => {
    try {
      const place = before === undefined ? {} : { before };
      const page = await answerOf(api.logs.$get({ query: { ...filter, ...place, limit: pageSize } }));
      act({ type: before === undefined ? 'newest' : 'earlier', page });
      setError(null);
    } catch (failure) {
      setError(failure);
    }
  };
  const readNewest = (): void => {
    act({ type: 'reading' });
    void read();
  };
  const readEarlier = (): void => {
    if (lines.earlier === null || isReading.current) return;
    isReading.current = true;
    void read(lines.earlier).finally(() => {
      isReading.current = false;
    });
  };
  const setPaused = (isPaused: boolean): void => {
    act({ type: isPaused ? 'pause' : 'resume' });
    if (!isPaused) readNewest();
  };
  const isLive = useOwnStream(`/api/logs/stream?${queryOf(filter)}`, {
    onLink: (isUp) => isUp && lines.missed === null && readNewest(),
    // What is no line says that lines were left out.
    onEvent: (event) => (isEntry(event) ? put(event) : readNewest()),
  });
  return { lines, error, isLive, setPaused, readEarlier, retry: readNewest };
}

/** Gathers what comes in bursts. */
function useGathered(tell: (entries: readonly LogEntry[]) => void): (entry: LogEntry) => void {
  const gathered = useRef<LogEntry[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (entry) => {
    gathered.current.push(entry);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      tell(gathered.current.splice(0));
    }, gatherMs);
  };
}

function queryOf(filter: LogFilter): string {
  const parts = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(parts).toString();
}

function isEntry(event: unknown): event is LogEntry {
  return isRecord(event) && typeof event['id'] === 'string' && typeof event['text'] === 'string';
}
