import { settingDefinitionSchema, type SettingDefinition } from '../contract/settings.ts';

const category = 'models';

/** The settings of the model providers. */
export const modelSettings: readonly SettingDefinition[] = [
  {
    key: 'models.default',
    type: 'string',
    title: 'Model that answers when nothing else is said, as provider/model',
    description: 'Such as anthropic/claude-sonnet-5; see "nexus models list"',
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
  apiKey('anthropic', 'Anthropic', 'From https://platform.claude.com/'),
  baseUrl('anthropic', 'Anthropic', 'https://api.anthropic.com'),
].map((definition) => settingDefinitionSchema.parse({ category, ...definition }));

function apiKey(provider: string, title: string, description: string) {
  return {
    key: `models.${provider}.apiKey`,
    type: 'string',
    title: `Key of the account at ${title}`,
    description,
    sensitive: true,
  };
}

function baseUrl(provider: string, title: string, url: string) {
  return {
    key: `models.${provider}.baseUrl`,
    type: 'string',
    format: 'url',
    title: `Where ${title} answers`,
    default: url,
  };
}
