import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from './base/clock.ts';
import type { ModelService } from './contract/models.ts';
import type { Settings } from './contract/settings.ts';
import { modelSettings } from './models/definitions.ts';

/** The models; their code is loaded when the first one is asked. */
export function lazyModels(settings: Settings, newId: () => string): ModelService {
  settings.define('kernel.models', modelSettings);
  let loading: Promise<ModelService> | undefined;
  const load = (): Promise<ModelService> => {
    loading ??= import('./models/live-models.ts').then(
      ({ LiveModels }) =>
        new LiveModels({
          settings,
          newId,
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
    list: async (signal) => (await load()).list(signal),
    overview: async (signal) => (await load()).overview(signal),
    async *pull(model, signal) {
      yield* (await load()).pull(model, signal);
    },
  };
}
