import { NexusError, type ErrorCode } from '../base/errors.ts';

/** Failures that another try may not meet. A timeout is none: it has cost its time already. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'MODEL_RATE_LIMITED',
  'MODEL_OVERLOADED',
  'MODEL_UNREACHABLE',
]);
const firstDelayMs = 500;
/** A provider that wants a longer wait is left to whoever asked: another model answers sooner. */
const longestDelayMs = 30_000;

export interface RetryOptions {
  /** Tries after the first. */
  readonly retries: number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Streams what `attempt` streams, and asks again after a passing failure, as long as nothing has been passed on. */
export async function* withRetries<T>(
  attempt: () => AsyncIterable<T>,
  signal: AbortSignal,
  { retries, random, wait }: RetryOptions,
): AsyncGenerator<T> {
  for (let done = 0; ; done++) {
    let hasBegun = false;
    try {
      for await (const event of attempt()) {
        hasBegun = true;
        yield event;
      }
      return;
    } catch (error) {
      const delayMs = hasBegun || done >= retries ? undefined : delayAfter(error, done, random);
      if (delayMs === undefined) throw error;
      await wait(delayMs, signal);
    }
  }
}

/** How long to wait before the next try; undefined when there is none. */
function delayAfter(error: unknown, triesDone: number, random: () => number): number | undefined {
  if (!(error instanceof NexusError) || !passing.has(error.code)) return undefined;
  const asked = error.data['retryAfterMs'];
  const delayMs = typeof asked === 'number' ? asked : firstDelayMs * 2 ** triesDone * (0.5 + random() / 2);
  return delayMs > longestDelayMs ? undefined : delayMs;
}
