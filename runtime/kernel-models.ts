import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { Changes } from './contract/changes.ts';
import type { ModelService } from './contract/models.ts';
import type { Settings } from './contract/settings.ts';
import type { UsageLedger } from './contract/usage.ts';
import { modelSettingProblem, modelSettings } from './models/definitions.ts';

interface LazyModelsDeps {
  readonly settings: Settings;
  readonly usage: UsageLedger;
  readonly newId: () => string;
  readonly changes: Changes;
  readonly log: Logger;
}

/** The models; their code is loaded when the first one is asked. */
export function lazyModels({ settings, newId, usage, changes, log }: LazyModelsDeps): ModelService {
  settings.define('kernel.models', modelSettings, modelSettingProblem);
  let loading: Promise<ModelService> | undefined;
  const load = (): Promise<ModelService> => {
    loading ??= import('./models/live-models.ts').then(
      ({ LiveModels }) =>
        new LiveModels({
          settings,
          newId,
          usage,
          onAlert: ({ percent, ...budget }) => {
            log.warn(budget, `${percent} % of a budget is spent`);
            changes.tell('alert', `${budget.kind} ${budget.subject}`);
          },
          clock: systemClock,
          fetch,
          random: Math.random,
          wait: async (ms, signal) => {
            await sleep(ms, undefined, { signal });
          },
        }),
    );
    return loading;
  };
  return {
    async *stream(request, signal) {
      yield* (await load()).stream(request, signal);
    },
    async *call(context, request, fallbacks, signal) {
      yield* (await load()).call(context, request, fallbacks, signal);
    },
    route: async (input) => (await load()).route(input),
    contextTokens: async (model) => (await load()).contextTokens(model),
    usage: async (scope, query) => (await load()).usage(scope, query),
    list: async (signal) => (await load()).list(signal),
    overview: async (signal) => (await load()).overview(signal),
    async *pull(model, signal) {
      yield* (await load()).pull(model, signal);
    },
  };
}
