import { NexusError } from '../base/errors.ts';
import type { SettingValue } from '../contract/settings.ts';

/** As of 2025-11-24. A model that is not here shows how much it takes when it refuses more. */
const known: readonly (readonly [string, number])[] = [
  ['anthropic/claude-*', 200_000],
  ['openai/gpt-5*', 400_000],
  ['openai/gpt-4.1*', 1_047_576],
  ['openai/gpt-4o*', 128_000],
  ['gemini/gemini-2.5-*', 1_048_576],
];

/**
 * Tokens that a model takes, question and answer together; null when it is not known. `own` are the lines of the setting
 * models.contexts, as "provider/model TOKENS"; `ollama` is what Ollama is told to load models with. Throws CONTEXT_INVALID.
 */
export function contextOf(
  model: string,
  own: readonly string[],
  ollama: SettingValue | undefined,
): number | null {
  const found = [...own.map((line) => readLine(line)), ...known].find(([name]) =>
    name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : model === name,
  );
  if (found !== undefined) return found[1];
  return model.startsWith('ollama/') && typeof ollama === 'number' ? ollama : null;
}

function readLine(line: string): readonly [string, number] {
  const [name = '', tokens = '', ...rest] = line.trim().split(/\s+/);
  const count = Number(tokens);
  if (!name.includes('/') || rest.length > 0 || !Number.isSafeInteger(count) || count < 256)
    throw new NexusError('CONTEXT_INVALID', { line });
  return [name, count];
}
