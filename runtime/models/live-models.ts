import type { Clock } from '../base/clock.ts';
import type { ModelEvent, ModelInfo, ModelRequest, Models } from '../contract/models.ts';
import type { Settings } from '../contract/settings.ts';
import { askProvider, callProvider, type CallOptions } from './call.ts';
import { configuredProviders, providerFor } from './configured.ts';
import type { Provider } from './provider.ts';
import { withRetries } from './retry.ts';

export interface LiveModelsDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A provider that did not answer. */
interface ProviderProblem {
  readonly provider: string;
  readonly error: unknown;
}

interface ModelOverview {
  readonly models: readonly ModelInfo[];
  readonly failures: readonly ProviderProblem[];
}

/** The models of all providers that are set up. Every call reads the settings anew. */
export class LiveModels implements Models {
  readonly #deps: LiveModelsDeps;

  constructor(deps: LiveModelsDeps) {
    this.#deps = deps;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    const { settings, random, wait } = this.#deps;
    const provider = providerFor(settings, request.model);
    const options = this.#options();
    const retries = Number(settings.value('models.retries'));
    yield* withRetries(() => callProvider(provider, request, signal, options), signal, {
      retries,
      random,
      wait,
    });
  }

  async list(signal: AbortSignal): Promise<readonly ModelInfo[]> {
    const { models, failures } = await this.overview(signal);
    const [failure] = failures;
    if (models.length === 0 && failure !== undefined) throw failure.error;
    return models;
  }

  /** The models of all providers, and which provider could not tell. */
  async overview(signal: AbortSignal): Promise<ModelOverview> {
    const options = this.#options();
    const models: ModelInfo[] = [];
    const failures: ProviderProblem[] = [];
    const ask = async (provider: Provider): Promise<void> => {
      try {
        models.push(...(await askProvider(provider, signal, options, (wire) => provider.list(wire))));
      } catch (error) {
        signal.throwIfAborted();
        failures.push({ provider: provider.name, error });
      }
    };
    await Promise.all([...configuredProviders(this.#deps.settings).values()].map(ask));
    models.sort((a, b) => (a.model < b.model ? -1 : 1));
    return { models, failures };
  }

  #options(): CallOptions {
    const { settings, clock, fetch } = this.#deps;
    return { clock, fetch, timeoutMs: Number(settings.value('models.timeoutMs')) };
  }
}
