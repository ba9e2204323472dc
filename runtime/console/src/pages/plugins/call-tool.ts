import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { JsonObject } from '../../../../contract/plugins.ts';
import { answerOf, api } from '../../api/client.ts';

/** What a call came to, and how long it took from here. */
export interface CallOutcome {
  readonly run: string;
  readonly result: JsonObject;
  readonly tookMs: number;
}

/** Calls a tool by its public name; canceled, its run ends, as it does when the page is left. */
export function useCall(tool: string) {
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<CallOutcome | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController>(null);
  const queries = useQueryClient();
  useEffect(() => () => stop.current?.abort(), []);
  const call = async (args: JsonObject): Promise<void> => {
    stop.current?.abort();
    const { signal } = (stop.current = new AbortController());
    setBusy(true);
    setOutcome(null);
    setError(null);
    const begun = performance.now();
    try {
      const json = { tool, arguments: { ...args } };
      const { run, result } = await answerOf(api.call.$post({ json }, { init: { signal } }));
      setOutcome({ run, result, tookMs: performance.now() - begun });
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    } finally {
      if (stop.current?.signal === signal) setBusy(false);
      await queries.invalidateQueries({ queryKey: ['runs'] });
    }
  };
  return { isBusy, outcome, error, call, cancel: () => stop.current?.abort() };
}
