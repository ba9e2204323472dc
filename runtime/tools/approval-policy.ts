import type { Effect } from '../contract/manifest.ts';
import { settingDefinitionSchema, type SettingDefinition, type Settings } from '../contract/settings.ts';
import type { ToolEntry } from '../contract/tools.ts';

/** From the most harmless to the worst. */
const effects: readonly Effect[] = ['read', 'idempotent', 'reversible', 'irreversible'];

/** The settings of approvals. */
export const approvalSettings: readonly SettingDefinition[] = [
  {
    key: 'approvals.askFrom',
    type: 'string',
    title: 'Effect from which on an assistant asks before it runs a tool',
    description: 'A tool whose manifest says "approval": "never" is not asked about',
    choices: effects,
    default: 'irreversible',
  },
  {
    key: 'approvals.askFromAfterResults',
    type: 'string',
    title: 'The same once an assistant was told what no person stands behind',
    description:
      'What tools answer and notes say may have been written by anybody, and an assistant may take it for your words',
    choices: effects,
    default: 'idempotent',
  },
  {
    key: 'approvals.always',
    type: 'string',
    multiple: true,
    title: 'Tools an assistant always asks about, by public name; a name may end with *',
  },
  {
    key: 'approvals.hours',
    type: 'number',
    title: 'Hours after which a question that nobody answered counts as denied',
    default: 168,
    min: 0.01,
    max: 8_760,
  },
  {
    key: 'approvals.waitSeconds',
    type: 'number',
    title:
      'How long a direct call whose client cannot ask its user waits for an answer from elsewhere; 0: it is denied',
    default: 0,
    min: 0,
    max: 3_600,
  },
].map((definition) => settingDefinitionSchema.parse({ category: 'approvals', ...definition }));

/** Why a person must allow a call of an assistant; null when nobody need be asked. `isAfterResults`: it was told what tools answered, or notes that no person stands behind. */
export function whyAsk(
  { approval, publicName, tool, effect, manifest }: ToolEntry,
  settings: Settings,
  isAfterResults: boolean,
): string | null {
  const own = manifest.tools[tool];
  if (isNamed(publicName, settings.value('approvals.always'))) return 'the setting approvals.always names it';
  if (approval === 'always') return 'its manifest or its plugin says that a person must allow it';
  if (own?.approval === 'never') return null;
  const rank = effects.indexOf(effect);
  if (rank >= effects.indexOf(effectIn(settings, 'approvals.askFrom', 'irreversible'))) {
    return own?.effect === undefined ? 'its manifest does not say what it does' : `it is ${effect}`;
  }
  const isAfter = rank >= effects.indexOf(effectIn(settings, 'approvals.askFromAfterResults', 'idempotent'));
  return isAfter && isAfterResults
    ? `it is ${effect}, and comes after results of tools or notes that anybody may have written`
    : null;
}

function effectIn(settings: Settings, key: string, standard: Effect): Effect {
  const value = settings.value(key);
  return effects.find((effect) => effect === value) ?? standard;
}

function isNamed(tool: string, names: unknown): boolean {
  if (!Array.isArray(names)) return false;
  return names.some((name: unknown) => {
    if (typeof name !== 'string') return false;
    return name.endsWith('*') ? tool.startsWith(name.slice(0, -1)) : tool === name;
  });
}
