import { NexusError } from '../base/errors.ts';
import type { Settings } from '../contract/settings.ts';
import { AnthropicProvider } from './anthropic/anthropic.ts';
import { OllamaProvider } from './ollama/ollama.ts';
import { CompatibleProvider } from './openai/openai.ts';
import { compatibleServices, type CompatibleService } from './openai/services.ts';
import { providerOf, type Provider } from './provider.ts';

/** A provider as the settings describe it. */
interface Configurable {
  /** The setting that must be there. */
  readonly needs: string;
  readonly create: (values: SettingTexts, newId: () => string) => Provider | undefined;
}

/** The text of a setting; undefined when it is not set. */
type SettingTexts = (key: string) => string | undefined;

const anthropic: Configurable = {
  needs: 'models.anthropic.apiKey',
  create: (text) => {
    const apiKey = text('models.anthropic.apiKey');
    const baseUrl = text('models.anthropic.baseUrl');
    return apiKey && baseUrl ? new AnthropicProvider({ apiKey, baseUrl }) : undefined;
  },
};

const ollama: Configurable = {
  needs: 'models.ollama.url',
  create: (text, newId) => {
    const url = text('models.ollama.url');
    const context = text('models.ollama.contextTokens');
    const contextTokens = context === undefined ? undefined : Number(context);
    return url ? new OllamaProvider({ url, contextTokens, newId }) : undefined;
  },
};

function compatible(service: CompatibleService): Configurable {
  const { name, needsKey } = service;
  return {
    needs: `models.${name}.${needsKey ? 'apiKey' : 'baseUrl'}`,
    create: (text, newId) => {
      const apiKey = text(`models.${name}.apiKey`);
      const baseUrl = text(`models.${name}.baseUrl`);
      if (!baseUrl || (needsKey && !apiKey)) return undefined;
      return new CompatibleProvider({ service, apiKey, baseUrl, newId });
    },
  };
}

const configurables = new Map<string, Configurable>([
  ['anthropic', anthropic],
  ...compatibleServices.map((service) => [service.name, compatible(service)] as const),
  ['ollama', ollama],
]);

/** The providers that are set up, by name. */
export function configuredProviders(settings: Settings, newId: () => string): ReadonlyMap<string, Provider> {
  const all = new Map<string, Provider>();
  for (const [name, configurable] of configurables) {
    const provider = configurable.create(textsIn(settings), newId);
    if (provider !== undefined) all.set(name, provider);
  }
  return all;
}

function textsIn(settings: Settings): SettingTexts {
  return (key) => {
    const value = settings.value(key);
    return value === undefined || value === '' ? undefined : String(value);
  };
}

/** The provider of a model. Throws MODEL_NOT_CONFIGURED with what to set. */
export function providerFor(settings: Settings, model: string, newId: () => string): Provider {
  const name = providerOf(model);
  const configurable = configurables.get(name);
  const provider = configurable?.create(textsIn(settings), newId);
  if (provider !== undefined) return provider;
  if (configurable !== undefined) {
    const problem = `the provider of ${model} is not set up`;
    throw new NexusError('MODEL_NOT_CONFIGURED', {
      problem,
      todo: `Run "nexus settings set ${configurable.needs}"`,
    });
  }
  throw new NexusError('MODEL_NOT_CONFIGURED', {
    problem: `"${model}" names no provider`,
    todo: `Write provider/model, with one of ${[...configurables.keys()].join(', ')}`,
  });
}

/** Why no model is asked when none is named. */
export function noModel(): NexusError {
  const keys = [...configurables.values()].map(({ needs }) => needs);
  return new NexusError('MODEL_NOT_CONFIGURED', {
    problem: 'no model is chosen',
    todo: `Set up a provider with "nexus settings set" (one of ${keys.join(', ')}), then "nexus settings set models.default PROVIDER/MODEL"`,
  });
}
