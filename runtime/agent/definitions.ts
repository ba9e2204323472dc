import { settingDefinitionSchema, type SettingDefinition, type Settings } from '../contract/settings.ts';
import type { AssistantVersion } from '../contract/assistants.ts';
import type { Thread } from '../contract/threads.ts';
import type { TurnLimits } from './turn.ts';

/** The same call so many times in a row is a loop. */
const sameCalls = 4;

/** The settings of the agent. */
export const agentSettings: readonly SettingDefinition[] = [
  limit('maxModelCalls', 'Answers of a model in one turn, at most', 50, 1, 1_000),
  limit('maxOutputTokens', 'Tokens that models may write in one turn', 200_000, 1, 100_000_000),
  limit(
    'maxMinutes',
    'Minutes a turn may be at work, without the time it waits for a person',
    60,
    0.01,
    10_080,
  ),
  limit('maxDollars', 'Dollars that one turn may cost', 10, 0, 1_000_000),
].map((definition) => settingDefinitionSchema.parse(definition));

/** What a turn may use up, as the settings say. */
export function turnLimits(settings: Settings, { timeLimitMs }: Pick<Thread, 'timeLimitMs'>): TurnLimits {
  const value = (key: string): number => Number(settings.value(`agent.${key}`));
  return {
    modelCalls: value('maxModelCalls'),
    outputTokens: value('maxOutputTokens'),
    costMicros: Math.round(value('maxDollars') * 1e6),
    activeMs: Math.min(value('maxMinutes') * 60_000, timeLimitMs ?? Infinity),
    sameCalls,
  };
}

/** The same, as far as an assistant may use them up. */
export function narrowed(limits: TurnLimits, assistant: Pick<AssistantVersion, 'limits'>): TurnLimits {
  const { modelCalls = Infinity, outputTokens = Infinity, minutes = Infinity } = assistant.limits;
  return {
    ...limits,
    modelCalls: Math.min(limits.modelCalls, modelCalls),
    outputTokens: Math.min(limits.outputTokens, outputTokens),
    activeMs: Math.min(limits.activeMs, minutes * 60_000),
  };
}

/** The model for what is simple; null when none is set. */
export function fastModel(settings: Settings): string | null {
  const model = settings.value('models.fast');
  return typeof model === 'string' && model !== '' ? model : null;
}

function limit(key: string, title: string, standard: number, min: number, max: number) {
  return { key: `agent.${key}`, category: 'agent', type: 'number', title, default: standard, min, max };
}
