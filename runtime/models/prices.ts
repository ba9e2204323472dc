import { z } from 'zod';
import { NexusError } from '../base/errors.ts';
import type { ModelUsage } from '../contract/models.ts';

/** Dollars for a million tokens, which is micro-dollars for one. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

interface NamedPrice extends Price {
  readonly name: string;
  /** The day from which it holds (UTC); null: always. */
  readonly from: string | null;
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
const shippedPrices = shipped.map(([name, input, output, cacheRead, cacheWrite]): NamedPrice => ({
  name,
  input,
  output,
  cacheRead,
  cacheWrite,
  from: null,
}));

/**
 * The price of a model; undefined when it is not known. `own` are the lines of the setting models.prices, as
 * "provider/model INPUT OUTPUT [CACHE_READ CACHE_WRITE] [from=DAY]" in dollars for a million tokens; of lines with the
 * same name the latest holds whose day has come. Throws PRICE_INVALID.
 */
export function priceOf(model: string, own: readonly string[], now: number): Price | undefined {
  const table = [...own.map((line) => readLine(line)), ...shippedPrices];
  const fitting = table.filter(({ name, from }) => {
    const fits = name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : model === name;
    return fits && (from === null || Date.parse(from) <= now);
  });
  const same = fitting.filter(({ name }) => name === fitting[0]?.name);
  return same.toSorted((a, b) => (b.from ?? '').localeCompare(a.from ?? ''))[0];
}

/** What is wrong with lines of the setting models.prices; undefined: nothing. */
export function pricesProblem(lines: readonly string[]): string | undefined {
  try {
    for (const line of lines) readLine(line);
    return undefined;
  } catch (error) {
    if (error instanceof NexusError) return `has a line that is no price: ${String(error.data['problem'])}`;
    throw error;
  }
}

function readLine(line: string): NamedPrice {
  const [name = '', ...words] = line.trim().split(/\s+/);
  const dates = words.filter((word) => word.startsWith('from='));
  const [input = Number.NaN, output = Number.NaN, cacheRead = input, cacheWrite = input, ...more] = words
    .filter((word) => !dates.includes(word))
    .map(Number);
  const [from = null, ...others] = dates.map((word) => word.slice(5));
  const invalid = (problem: string): NexusError =>
    new NexusError('PRICE_INVALID', { line, problem: `"${line}": ${problem}` });
  if (!/^[^/\s]+\/./.test(name)) throw invalid('the first word must be a model as provider/model');
  if (more.length > 0 || ![input, output, cacheRead, cacheWrite].every((price) => price >= 0 && price < 1e6))
    throw invalid(
      'after the model stand two to four prices, each from 0 to 999999 dollars for a million tokens',
    );
  if (others.length > 0 || (from !== null && !isDate(from)))
    throw invalid('the day from which a price holds is written once, such as from=2026-12-01');
  return { name, input, output, cacheRead, cacheWrite, from };
}

function isDate(text: string): boolean {
  return z.iso.date().safeParse(text).success;
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
