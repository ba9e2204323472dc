import type { Clock } from '../base/clock.ts';
import { retryAfterOf } from './failure.ts';
import type { Wire } from './provider.ts';

/** An answer of more bytes than this is none: the longest answers of today are under a megabyte. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** A wire that is cut when the provider is silent for too long or says too much. */
export interface WatchedWire extends Wire, Disposable {
  readonly timedOut: boolean;
  readonly timeoutMs: number;
  /** What the last answer asked for. */
  readonly retryAfterMs: number | undefined;
  pause(): void;
  resume(): void;
}

export function watchedWire(
  signal: AbortSignal,
  { fetch, clock, timeoutMs }: { fetch: typeof globalThis.fetch; clock: Clock; timeoutMs: number },
): WatchedWire {
  const silence = new AbortController();
  const all = AbortSignal.any([signal, silence.signal]);
  let timedOut = false;
  const onSilence = (): void => {
    timedOut = true;
    silence.abort(new Error('the provider is silent'));
  };
  let timer = setTimeout(onSilence, timeoutMs);
  let bytes = 0;
  let retryAfterMs: number | undefined;
  const onBytes = (count: number): void => {
    bytes += count;
    if (bytes > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`);
    // Does nothing to a timer that was cleared.
    timer.refresh();
  };
  return {
    signal: all,
    timeoutMs,
    fetch: async (input, init) => {
      const own = init?.signal;
      const response = await fetch(input, {
        ...init,
        signal: own ? AbortSignal.any([all, own]) : all,
        // The key and all that was said would go to an address that nobody set.
        redirect: 'manual',
      });
      const elsewhere = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && elsewhere !== null)
        throw new TypeError(
          `it redirects to ${elsewhere}, and models are asked at the address of the settings only`,
        );
      retryAfterMs = retryAfterOf(response.headers, clock.now());
      onBytes(0);
      return counted(response, onBytes);
    },
    get timedOut() {
      return timedOut;
    },
    get retryAfterMs() {
      return retryAfterMs;
    },
    pause: () => clearTimeout(timer),
    resume: () => {
      timer = setTimeout(onSilence, timeoutMs);
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      // A stream nobody reads any more must not hold its connection.
      silence.abort(new Error('the call is over'));
    },
  };
}

/** The same response, with a count of the bytes that come. */
function counted(response: Response, onBytes: (count: number) => void): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        onBytes(value.byteLength);
        controller.enqueue(value);
      },
      cancel: async (reason) => await reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
