import type { Setting } from '../../../../contract/settings-api.ts';
import { providerOf, type useModels } from '../../parts/use-models.ts';

export interface ModelProvider {
  /** What stands before the slash of its models. */
  readonly name: string;
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** Those that are asked for most come first; one that is not named here comes last, by its own name. */
const titles: Readonly<Record<string, string>> = {
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  gemini: 'Gemini',
  openrouter: 'OpenRouter',
  ollama: 'Ollama, on your own machine',
  local: 'A server of the OpenAI form',
};

/** The providers that settings are for, each with its own: "models.PROVIDER.NAME". */
export function providersOf(settings: readonly Setting[]): readonly ModelProvider[] {
  const groups = Map.groupBy(
    settings,
    ({ definition }) => /^models\.(?<name>[^.]+)\./.exec(definition.key)?.groups?.['name'],
  );
  const names = [...groups.keys()].filter((name) => name !== undefined);
  const order = Object.keys(titles);
  return [...new Set([...order.filter((name) => names.includes(name)), ...names])].map((name) => ({
    name,
    title: titles[name] ?? name,
    settings: groups.get(name) ?? [],
  }));
}

export interface ProviderState {
  readonly state: 'asked' | 'answers' | 'fails' | 'off';
  readonly models: readonly string[];
  readonly problem: string | null;
}

/** How a provider is, by what the kernel heard of it: one that is not set up is not asked. */
export function stateOf(
  { name }: ModelProvider,
  { data, error }: ReturnType<typeof useModels>,
): ProviderState {
  if (data === undefined) return { state: error === null ? 'asked' : 'off', models: [], problem: null };
  const models = data.models.map(({ model }) => model).filter((model) => providerOf(model) === name);
  const problem = data.problems.find(({ provider }) => provider === name)?.problem ?? null;
  if (problem !== null) return { state: 'fails', models, problem };
  return { state: models.length > 0 ? 'answers' : 'off', models, problem };
}
