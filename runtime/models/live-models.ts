import { NexusError } from '../base/errors.ts';
import type {
  ModelCallEvent,
  ModelEvent,
  ModelInfo,
  ModelOverview,
  ModelRequest,
  ModelService,
  ProviderProblem,
  PullProgress,
} from '../contract/models.ts';
import type { RouteInput, RoutingDecision } from '../contract/routing.ts';
import type { Scope } from '../contract/scope.ts';
import type { SettingValue } from '../contract/settings.ts';
import type { ModelCallContext, UsageQuery, UsageView } from '../contract/usage.ts';
import { askProvider, callProvider, streamed, type CallOptions } from './call.ts';
import { limitOf, textsOf } from './budgets.ts';
import { contextOf } from './context-sizes.ts';
import { configuredProviders, noModel, providerFor } from './configured.ts';
import { callWithFallbacks, type MeteredDeps } from './metered-models.ts';
import { modelNameOf, providerOf, type Provider } from './provider.ts';
import { pricesAsOf } from './prices.ts';
import { withRetries } from './retry.ts';
import { routeMessage } from './router.ts';

export interface LiveModelsDeps extends Omit<MeteredDeps, 'models' | 'check'> {
  readonly fetch: typeof fetch;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const dayMs = 86_400_000;
/** Alerts that are listed. */
const mostAlerts = 100;

/** The models of all providers that are set up. Every call follows the settings as they are. */
export class LiveModels implements ModelService {
  readonly #deps: LiveModelsDeps;
  /** Made once for all calls until a setting changes: to decrypt a key and to make a client takes a millisecond. */
  readonly #providers = new Map<string, Provider>();

  constructor(deps: LiveModelsDeps) {
    this.#deps = deps;
    deps.settings.subscribe('models.*', () => this.#providers.clear());
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    const { settings, random, wait } = this.#deps;
    const provider = this.#provider(request.model);
    const options = this.#options();
    const retries = Number(settings.value('models.retries'));
    const ask = () => callProvider(provider, request, signal, options);
    yield* withRetries(ask, signal, { retries, random, wait });
  }

  async *call(
    context: ModelCallContext,
    request: ModelRequest,
    fallbacks: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ModelCallEvent> {
    const check = (model: string): void => void this.#provider(model);
    yield* callWithFallbacks({ ...this.#deps, models: this, check }, context, request, fallbacks, signal);
  }

  async list(signal: AbortSignal): Promise<readonly ModelInfo[]> {
    const { models, problems } = await this.overview(signal);
    const [problem] = problems;
    if (models.length === 0 && problem !== undefined) throw problem.error;
    return models;
  }

  async route(input: RouteInput): Promise<RoutingDecision> {
    const { settings } = this.#deps;
    const standard = modelIn(settings.value('models.default'));
    const standIn = input.threadModel ?? input.assistantModel ?? undefined;
    const usual = standard ?? standIn;
    if (usual === undefined) throw noModel();
    return routeMessage(input, {
      standard: usual,
      fast: modelIn(settings.value('models.fast')) ?? usual,
      threshold: Number(settings.value('models.routerThreshold')),
      fallbacks: textsOf(settings.value('models.fallbacks')),
    });
  }

  async contextTokens(model: string): Promise<number | null> {
    const { settings } = this.#deps;
    return contextOf(
      model,
      textsOf(settings.value('models.contexts')),
      settings.value('models.ollama.contextTokens'),
    );
  }

  async usage(scope: Scope, query: UsageQuery): Promise<UsageView> {
    const { settings, usage, clock } = this.#deps;
    const [sums, today, alerts] = await Promise.all([
      usage.sums(scope, query),
      usage.today(scope),
      usage.alerts(scope, mostAlerts),
    ]);
    return {
      sums: [...sums],
      today: today.map((spent) => ({ ...spent, limitMicros: limitOf(settings, spent.kind) ?? null })),
      alerts: [...alerts],
      renewsAt: (Math.floor(clock.now() / dayMs) + 1) * dayMs,
      pricesAsOf,
    };
  }

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
    const provider = this.#provider(model);
    if (provider.pull === undefined) {
      const problem = `${provider.name} has all its models already`;
      throw new NexusError('MODEL_REFUSED_REQUEST', { model, problem });
    }
    const pull = provider.pull.bind(provider, modelNameOf(model));
    const { settings, random, wait } = this.#deps;
    const retries = Number(settings.value('models.retries'));
    const ask = () => streamed(provider, model, signal, this.#options(), pull);
    yield* withRetries(ask, signal, { retries, random, wait });
  }

  #provider(model: string): Provider {
    const name = providerOf(model);
    const provider = this.#providers.get(name) ?? providerFor(this.#deps.settings, model, this.#deps.newId);
    this.#providers.set(name, provider);
    return provider;
  }

  #options(): CallOptions {
    const { settings, clock, fetch } = this.#deps;
    return { clock, fetch, timeoutMs: Number(settings.value('models.timeoutMs')) };
  }
}

function modelIn(value: SettingValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
