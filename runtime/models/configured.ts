import { NexusError } from '../base/errors.ts';
import type { Settings, SettingValue } from '../contract/settings.ts';
import { AnthropicProvider } from './anthropic/anthropic.ts';
import { providerOf, type Provider } from './provider.ts';

/** What must be set before a provider can be asked, and the provider made of it. */
interface Configurable {
  readonly needs: string;
  create(text: (key: string) => string | undefined): Provider | undefined;
}

const configurables: ReadonlyMap<string, Configurable> = new Map<string, Configurable>([
  [
    'anthropic',
    {
      needs: 'models.anthropic.apiKey',
      create: (text) => {
        const apiKey = text('models.anthropic.apiKey');
        const baseUrl = text('models.anthropic.baseUrl');
        return apiKey && baseUrl ? new AnthropicProvider({ apiKey, baseUrl }) : undefined;
      },
    },
  ],
]);

/** The providers that are set up, by name. */
export function configuredProviders(settings: Settings): ReadonlyMap<string, Provider> {
  const text = (key: string): string | undefined => textOf(settings.value(key));
  const all = new Map<string, Provider>();
  for (const [name, configurable] of configurables) {
    const provider = configurable.create(text);
    if (provider !== undefined) all.set(name, provider);
  }
  return all;
}

/** The provider of a model. Throws MODEL_NOT_CONFIGURED with what to set. */
export function providerFor(settings: Settings, model: string): Provider {
  const providers = configuredProviders(settings);
  const name = providerOf(model);
  const provider = providers.get(name);
  if (provider !== undefined) return provider;
  const configurable = configurables.get(name);
  if (configurable !== undefined) {
    throw new NexusError('MODEL_NOT_CONFIGURED', {
      problem: `the provider of ${model} is not set up`,
      todo: `Run "nexus settings set ${configurable.needs} VALUE"`,
    });
  }
  throw new NexusError('MODEL_NOT_CONFIGURED', {
    problem: `there is no provider "${name}" (${model})`,
    todo: `Name a model as provider/model, with one of ${[...configurables.keys()].join(', ')}`,
  });
}

function textOf(value: SettingValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
