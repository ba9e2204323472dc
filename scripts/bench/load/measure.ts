import { median, quantile } from '../statistics.ts';
import type { ToolCaller } from './tool-caller.ts';

/** How hard to press: a number of calls with so many in flight, given up after a time. */
export interface Load {
  readonly inFlight: number;
  readonly calls: number;
  readonly limitMs: number;
}

export interface Sample {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly callsPerS: number;
}

/** A call that takes this much longer than its measurement may is stuck. */
const stuckMs = 10_000;

/**
 * Keeps `inFlight` calls in flight until all are made or the time is up. Rejects when one fails, gets stuck, or
 * `signal` aborts; the caller's connections are closed then.
 */
export async function measure(caller: ToolCaller, load: Load, signal: AbortSignal): Promise<Sample> {
  signal.throwIfAborted();
  const times: number[] = [];
  const startedMs = performance.now();
  const deadlineMs = startedMs + load.limitMs;
  let left = load.calls;
  const work = async (): Promise<void> => {
    for (let sentMs = performance.now(); left > 0 && sentMs < deadlineMs; sentMs = performance.now()) {
      left -= 1;
      await caller.call(`call ${left}`);
      times.push(performance.now() - sentMs);
    }
  };
  const stuck = AbortSignal.any([signal, AbortSignal.timeout(load.limitMs + stuckMs)]);
  const giveUp = (): void => caller.close();
  stuck.addEventListener('abort', giveUp, { once: true });
  try {
    await Promise.all(Array.from({ length: load.inFlight }, work));
  } catch (error) {
    caller.close();
    throw stuck.aborted ? stuck.reason : error;
  } finally {
    stuck.removeEventListener('abort', giveUp);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  return {
    calls: times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    callsPerS: times.length / seconds,
  };
}

/** The medians of several samples, figure by figure. */
export function medianSample(samples: readonly Sample[]): Sample {
  const of = (key: keyof Sample): number => median(samples.map((sample) => sample[key]));
  return { calls: of('calls'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), callsPerS: of('callsPerS') };
}
