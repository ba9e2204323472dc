import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type {
  ModelEvent,
  ModelInfo,
  ModelOverview,
  ModelRequest,
  ModelService,
  ProviderProblem,
  PullProgress,
} from '../contract/models.ts';
import type { Settings } from '../contract/settings.ts';
import { askProvider, callProvider, streamed, type CallOptions } from './call.ts';
import { configuredProviders, providerFor } from './configured.ts';
import { modelNameOf, type Provider } from './provider.ts';
import { withRetries } from './retry.ts';

export interface LiveModelsDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly newId: () => string;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The models of all providers that are set up. Every call reads the settings anew. */
export class LiveModels implements ModelService {
  readonly #deps: LiveModelsDeps;

  constructor(deps: LiveModelsDeps) {
    this.#deps = deps;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    const { settings, random, wait, newId } = this.#deps;
    const provider = providerFor(settings, request.model, newId);
    const options = this.#options();
    const retries = Number(settings.value('models.retries'));
    yield* withRetries(() => callProvider(provider, request, signal, options), signal, {
      retries,
      random,
      wait,
    });
  }

  async list(signal: AbortSignal): Promise<readonly ModelInfo[]> {
    const { models, problems } = await this.overview(signal);
    const [problem] = problems;
    if (models.length === 0 && problem !== undefined) throw problem.error;
    return models;
  }

  /** The models of all providers, and which provider could not tell. */
  async overview(signal: AbortSignal): Promise<ModelOverview> {
    const options = this.#options();
    const { settings, newId } = this.#deps;
    const models: ModelInfo[] = [];
    const problems: ProviderProblem[] = [];
    const ask = async (provider: Provider): Promise<void> => {
      try {
        models.push(...(await askProvider(provider, signal, options, (wire) => provider.list(wire))));
      } catch (error) {
        signal.throwIfAborted();
        problems.push({ provider: provider.name, error });
      }
    };
    await Promise.all([...configuredProviders(settings, newId).values()].map(ask));
    models.sort((a, b) => (a.model < b.model ? -1 : 1));
    return { models, problems };
  }

  async *pull(model: string, signal: AbortSignal): AsyncGenerator<PullProgress> {
    const { settings, newId } = this.#deps;
    const provider = providerFor(settings, model, newId);
    if (provider.pull === undefined) {
      const problem = `${provider.name} has all its models already`;
      throw new NexusError('MODEL_REFUSED_REQUEST', { model, problem });
    }
    const pull = provider.pull.bind(provider, modelNameOf(model));
    yield* streamed(provider, model, signal, this.#options(), pull);
  }

  #options(): CallOptions {
    const { settings, clock, fetch } = this.#deps;
    return { clock, fetch, timeoutMs: Number(settings.value('models.timeoutMs')) };
  }
}
