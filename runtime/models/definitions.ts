import { modelNameSchema } from '../contract/models.ts';
import { settingDefinitionSchema, type SettingDefinition, type SettingValue } from '../contract/settings.ts';
import { budgetKinds } from '../contract/usage.ts';
import { textsOf } from './budgets.ts';
import { contextsProblem } from './context-sizes.ts';
import { pricesProblem } from './prices.ts';
import { compatibleServices } from './openai/services.ts';

const model = { type: 'string', description: 'As provider/model; "nexus models list" shows those there are' };

/** Whose values name models. */
const modelKeys: ReadonlySet<string> = new Set(['models.default', 'models.fast', 'models.fallbacks']);

/** The settings of the model providers. */
export const modelSettings: readonly SettingDefinition[] = [
  { ...model, key: 'models.default', title: 'Model that answers when nothing else is said' },
  { ...model, key: 'models.fast', title: 'Model for what is simple; none: the default one' },
  {
    key: 'models.fallbacks',
    type: 'string',
    multiple: true,
    title: 'Models that are asked in turn when one fails or times out, as provider/model',
  },
  {
    key: 'models.routerThreshold',
    type: 'number',
    title: 'Complexity (0 to 100) from which the default model answers rather than the fast one',
    default: 30,
    min: 0,
    max: 101,
  },
  {
    key: 'models.timeoutMs',
    type: 'number',
    title: 'Longest silence of a provider in milliseconds before its model counts as timed out',
    default: 120_000,
    min: 100,
    max: 3_600_000,
  },
  {
    key: 'models.retries',
    type: 'number',
    title: 'Further tries when a provider is overloaded or cannot be reached',
    default: 2,
    min: 0,
    max: 10,
  },
  apiKey('anthropic', 'Anthropic', 'From https://platform.claude.com/settings/keys'),
  baseUrl('anthropic', 'Anthropic', 'https://api.anthropic.com'),
  ...compatibleServices.flatMap(({ name, title, baseUrl: url, keyHint }) => [
    apiKey(name, title, keyHint),
    baseUrl(name, title, url),
  ]),
  {
    key: 'models.ollama.url',
    type: 'string',
    format: 'url',
    title: 'Where Ollama answers',
    description: 'Such as http://127.0.0.1:11434',
  },
  {
    key: 'models.ollama.contextTokens',
    type: 'number',
    title: 'Context that Ollama loads models with; none: its own choice, which is short',
    min: 512,
    max: 10_000_000,
  },
  {
    key: 'models.prices',
    type: 'string',
    multiple: true,
    title: 'Prices of models, before those that are shipped',
    description:
      'Each as "provider/model INPUT OUTPUT [CACHE_READ CACHE_WRITE] [from=2026-12-01]" in dollars for a million tokens; a name may end with *, and a price with a day holds from then on',
  },
  {
    key: 'models.contexts',
    type: 'string',
    multiple: true,
    title: 'Contexts of models, before those that are known',
    description: 'Each as "provider/model TOKENS"; a name may end with *',
  },
  ...budgetKinds.map((kind) => ({
    key: `budgets.${kind}PerDay`,
    category: 'budgets',
    type: 'number',
    title: `Dollars that models may cost for one ${kind} on a day (UTC); none: no limit`,
    min: 0,
    max: 1_000_000_000,
  })),
  {
    key: 'budgets.unknownPrice',
    category: 'budgets',
    type: 'string',
    title: 'Whether a model whose price is not known may be asked where there is a budget',
    choices: ['refuse', 'allow'],
    default: 'refuse',
  },
].map((definition) => settingDefinitionSchema.parse({ category: 'models', ...definition }));

/** What is wrong with a value of such a setting; undefined: nothing. */
export function modelSettingProblem(key: string, value: SettingValue): string | undefined {
  if (key === 'models.prices') return pricesProblem(textsOf(value));
  if (key === 'models.contexts') return contextsProblem(textsOf(value));
  if (!modelKeys.has(key)) return undefined;
  return [value].flat().every((one) => modelNameSchema.safeParse(one).success)
    ? undefined
    : 'must be provider/model, such as anthropic/claude-sonnet-5';
}

function apiKey(provider: string, title: string, description: string) {
  return {
    key: `models.${provider}.apiKey`,
    type: 'string',
    title: `Key of the account: ${title}`,
    description,
    sensitive: true,
  };
}

function baseUrl(provider: string, title: string, url: string | null) {
  return {
    key: `models.${provider}.baseUrl`,
    type: 'string',
    format: 'url',
    title: `Where it answers: ${title}`,
    ...(url !== null && { default: url }),
  };
}
