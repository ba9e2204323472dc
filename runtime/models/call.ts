import { abortReason } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { ModelEvent, ModelRequest } from '../contract/models.ts';
import { modelError } from './failure.ts';
import type { Provider, Wire } from './provider.ts';
import { watchedWire, type WatchedWire } from './watched-wire.ts';

export interface CallOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Longest silence of the provider. */
  readonly timeoutMs: number;
}

/** One request to a provider, once. Rejects with what the contract of `Models.stream` says. */
export async function* callProvider(
  provider: Provider,
  request: ModelRequest,
  signal: AbortSignal,
  options: CallOptions,
): AsyncGenerator<ModelEvent> {
  const { model } = request;
  const events = streamed(provider, model, signal, options, (wire) => provider.stream(request, wire));
  for await (const event of events) {
    yield event;
    if (event.type === 'end') return;
  }
  const broken = { kinds: [], message: 'the answer broke off before its end' };
  throw modelError(model, broken, undefined, undefined);
}

/** What a provider streams in answer to one request. */
export async function* streamed<T>(
  provider: Provider,
  model: string,
  signal: AbortSignal,
  options: CallOptions,
  ask: (wire: Wire) => AsyncIterable<T>,
): AsyncGenerator<T> {
  using wire = watchedWire(signal, options);
  try {
    for await (const item of ask(wire)) {
      if (wire.signal.aborted) break;
      // Silence while the one who asked is busy is not the provider's.
      wire.pause();
      yield item;
      wire.resume();
    }
    // The SDKs end a stream that is aborted as if it were complete.
    wire.signal.throwIfAborted();
  } catch (error) {
    throw translated(error, model, provider, signal, wire);
  }
}

/** One question to a provider that is answered in one piece. */
export async function askProvider<T>(
  provider: Provider,
  signal: AbortSignal,
  options: CallOptions,
  ask: (wire: Wire) => Promise<T>,
): Promise<T> {
  using wire = watchedWire(signal, options);
  try {
    return await ask(wire);
  } catch (error) {
    throw translated(error, `${provider.name}/*`, provider, signal, wire);
  }
}

function translated(
  error: unknown,
  model: string,
  provider: Provider,
  signal: AbortSignal,
  wire: WatchedWire,
): Error {
  if (signal.aborted) return abortReason(signal);
  if (wire.timedOut) return new NexusError('MODEL_TIMEOUT', { model, timeoutMs: wire.timeoutMs }, error);
  if (error instanceof NexusError) return error;
  return modelError(model, provider.failure(error), wire.retryAfterMs, error);
}
