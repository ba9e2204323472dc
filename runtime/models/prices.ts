import { NexusError } from '../base/errors.ts';
import type { ModelUsage } from '../contract/models.ts';

/** Dollars for a million tokens, which is micro-dollars for one. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** The date of the table below, which is a starting point and not a price list: check it. The setting models.prices comes first. */
export const pricesAsOf = '2025-11-24';

/** Input, output, cache read, cache write. A name ends with `*` where any ending, such as a date, has the same price. */
const shipped: readonly (readonly [string, number, number, number, number])[] = [
  ['anthropic/claude-opus-4-5*', 5, 25, 0.5, 6.25],
  ['anthropic/claude-opus-4-1*', 15, 75, 1.5, 18.75],
  ['anthropic/claude-sonnet-4-5*', 3, 15, 0.3, 3.75],
  ['anthropic/claude-haiku-4-5*', 1, 5, 0.1, 1.25],
  ['openai/gpt-5', 1.25, 10, 0.125, 1.25],
  ['openai/gpt-5-mini*', 0.25, 2, 0.025, 0.25],
  ['openai/gpt-5-nano*', 0.05, 0.4, 0.005, 0.05],
  ['openai/gpt-4.1', 2, 8, 0.5, 2],
  ['openai/gpt-4.1-mini*', 0.4, 1.6, 0.1, 0.4],
  ['openai/gpt-4o', 2.5, 10, 1.25, 2.5],
  ['openai/gpt-4o-mini*', 0.15, 0.6, 0.075, 0.15],
  // Up to 200,000 tokens of input; beyond that the price of Pro doubles.
  ['gemini/gemini-2.5-flash', 0.3, 2.5, 0.03, 0.3],
  ['gemini/gemini-2.5-flash-lite*', 0.1, 0.4, 0.01, 0.1],
  // On a machine of one's own.
  ['ollama/*', 0, 0, 0, 0],
  ['local/*', 0, 0, 0, 0],
];

/**
 * The price of a model; undefined when it is not known. `own` are the lines of the setting models.prices, as
 * "provider/model INPUT OUTPUT [CACHE_READ CACHE_WRITE]" in dollars for a million tokens. Throws PRICE_INVALID.
 */
export function priceOf(model: string, own: readonly string[]): Price | undefined {
  const found = [...own.map((line) => readLine(line)), ...shipped].find(([name]) =>
    name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : model === name,
  );
  if (found === undefined) return undefined;
  const [, input, output, cacheRead, cacheWrite] = found;
  return { input, output, cacheRead, cacheWrite };
}

function readLine(line: string): readonly [string, number, number, number, number] {
  const [name = '', ...words] = line.trim().split(/\s+/);
  const [input = Number.NaN, output = Number.NaN, cacheRead = input, cacheWrite = input] = words.map(Number);
  const numbers = [input, output, cacheRead, cacheWrite];
  if (!name.includes('/') || words.length > 4 || numbers.some((number) => !(number >= 0 && number < 1e6)))
    throw new NexusError('PRICE_INVALID', { line });
  return [name, input, output, cacheRead, cacheWrite];
}

/** Micro-dollars, rounded up. What the provider did not say counts as none. */
export function costOf(usage: ModelUsage, price: Price): number {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  return Math.ceil(
    (inputTokens ?? 0) * price.input +
      (outputTokens ?? 0) * price.output +
      (cacheReadTokens ?? 0) * price.cacheRead +
      (cacheWriteTokens ?? 0) * price.cacheWrite,
  );
}
