import { isPlain, redactWithin, type WalkBudget } from '../base/redact.ts';

/** What stands in for a value that is too large: the beginning of its JSON, and at least how large it was. */
interface TruncatedJson {
  readonly truncated: true;
  readonly bytes: number;
  readonly head: string;
}

const MAX_NODES = 20_000;
/** How many parts of a truncated value are counted to tell how large it was. */
const MAX_SIZED_PARTS = 2_000;
/** A UTF-16 unit of JSON takes at most three bytes inside a JSON string, so a head of a quarter always fits. */
const HEAD_SHARE = 0.25;

/**
 * The JSON of a value as it is stored: without secrets, and of at most `maxBytes` bytes. The work is bounded as
 * well: of a larger value only the part that is kept is walked, redacted and written.
 */
export function storedJson(value: unknown, maxBytes: number): string | null {
  if (value === undefined) return null;
  const budget = budgetOf(maxBytes);
  if (isPlain(value, budget)) {
    const text = JSON.stringify(value);
    return fits(text, maxBytes) ? text : truncated(value, maxBytes);
  }
  if (isOverdrawn(budget)) return truncated(value, maxBytes);

  const redactBudget = budgetOf(maxBytes);
  const text = JSON.stringify(redactWithin(value, redactBudget)) ?? 'null';
  return !isOverdrawn(redactBudget) && fits(text, maxBytes) ? text : truncated(value, maxBytes);
}

function truncated(value: unknown, maxBytes: number): string {
  const headChars = Math.floor(maxBytes * HEAD_SHARE);
  const head = JSON.stringify(redactWithin(value, budgetOf(headChars))).slice(0, headChars);
  const stored: TruncatedJson = { truncated: true, bytes: sizeOf(value), head };
  return JSON.stringify(stored);
}

/**
 * At least how long a value's JSON is, or a little more. Strings count without being read; of parts within parts at
 * most 2,000 are looked at.
 */
function sizeOf(value: unknown): number {
  const waiting = [value];
  let size = 0;
  for (let seen = 0; waiting.length > 0 && seen < MAX_SIZED_PARTS; seen += 1) {
    const next = waiting.pop();
    size += 2;
    if (typeof next === 'string') size += next.length;
    if (typeof next !== 'object' || next === null) continue;
    const keys = Array.isArray(next) ? [] : Object.keys(next);
    for (const key of keys.slice(0, MAX_SIZED_PARTS)) size += key.length + 2;
    const parts: unknown[] = Array.isArray(next) ? next : Object.values(next);
    size += parts.length * 2;
    waiting.push(...parts.slice(0, MAX_SIZED_PARTS));
  }
  return size;
}

function budgetOf(chars: number): WalkBudget {
  return { chars, nodes: MAX_NODES };
}

function isOverdrawn(budget: WalkBudget): boolean {
  return budget.chars < 0 || budget.nodes < 0;
}

function fits(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}
