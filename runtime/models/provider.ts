import type { ModelEvent, ModelInfo, ModelRequest, PullProgress } from '../contract/models.ts';

/** How a provider is reached for one request. Whatever goes over the network goes through `fetch`. */
export interface Wire {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** What is known of a failed request, in no provider's terms. */
export interface ProviderFailure {
  /** HTTP status; absent when there was no answer. */
  readonly status?: number | undefined;
  /** The provider's own words for the kind of failure. */
  readonly kinds: readonly string[];
  readonly message: string;
}

/** One wire form. Everything it throws is translated by `failure`; the reason of an abort is not its business. */
export interface Provider {
  /** What stands before the slash of its models. */
  readonly name: string;
  /** May end without `end`: then the answer was cut off. */
  stream(request: ModelRequest, wire: Wire): AsyncIterable<ModelEvent>;
  list(wire: Wire): Promise<readonly ModelInfo[]>;
  /** Only where models must be downloaded first. */
  pull?(name: string, wire: Wire): AsyncIterable<PullProgress>;
  failure(error: unknown): ProviderFailure;
}

/** The provider's part of "provider/model"; empty when there is none. */
export function providerOf(model: string): string {
  const slash = model.indexOf('/');
  return slash === -1 ? '' : model.slice(0, slash);
}

/** The model's name at its provider: what follows the first slash. */
export function modelNameOf(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}
