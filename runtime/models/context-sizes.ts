import { NexusError } from '../base/errors.ts';
import type { SettingValue } from '../contract/settings.ts';

const leastTokens = 256;

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

/** What is wrong with lines of the setting models.contexts; undefined: nothing. */
export function contextsProblem(lines: readonly string[]): string | undefined {
  const bad = lines.find((line) => lineOf(line) === undefined);
  return bad === undefined
    ? undefined
    : `has the line "${bad}", which is not written as provider/model TOKENS, of at least ${leastTokens} tokens`;
}

function readLine(line: string): readonly [string, number] {
  const read = lineOf(line);
  if (read === undefined) throw new NexusError('CONTEXT_INVALID', { line });
  return read;
}

function lineOf(line: string): readonly [string, number] | undefined {
  const [name = '', tokens = '', ...rest] = line.trim().split(/\s+/);
  const count = Number(tokens);
  const isSize = Number.isSafeInteger(count) && count >= leastTokens;
  return name.includes('/') && rest.length === 0 && isSize ? [name, count] : undefined;
}
