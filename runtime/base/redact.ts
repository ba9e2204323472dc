import { REDACTED, redactText } from './redact-text.ts';
import { sensitivityOf, type Sensitivity } from './sensitive-key.ts';

export { redactText } from './redact-text.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** How much of a value may still be looked at; shared by the whole walk. */
export interface WalkBudget {
  chars: number;
  nodes: number;
}

const MAX_DEPTH = 64;
const MAX_REDACTED_CHARS = 1_048_576;
const MAX_REDACTED_NODES = 50_000;
/** A secret cut in half by the budget must still be recognised, so this much more of a long text is looked at. */
const LOOK_AHEAD_CHARS = 8_192;

/**
 * A value without its secrets: values under keys such as `password` or `api_key`, and whatever looks like a key, a
 * token or a password inside any text. The value itself is never changed; without secrets it is returned as it is.
 * Of a value of more than 1 MiB of text or 50,000 parts only the beginning is returned.
 */
export function redact(value: unknown): unknown {
  if (isPlain(value, redactBudget())) return value;
  return redactWithin(value, redactBudget());
}

/** The first `mostChars` characters of a text, without secrets: also without the half of one that the end would cut off. */
export function redactedHead(text: string, mostChars: number): string {
  return redactText(text.slice(0, mostChars + LOOK_AHEAD_CHARS)).slice(0, mostChars);
}

function redactBudget(): WalkBudget {
  return { chars: MAX_REDACTED_CHARS, nodes: MAX_REDACTED_NODES };
}

/** Whether a value is plain JSON, holds nothing to redact and fits the budget: then it can be stored as it is. */
export function isPlain(value: unknown, budget: WalkBudget, depth = 0): boolean {
  budget.nodes -= 1;
  if (budget.nodes < 0) return false;
  switch (typeof value) {
    case 'string':
      budget.chars -= value.length;
      return budget.chars >= 0 && redactText(value) === value;
    case 'object':
      if (value === null) return true;
      if (depth >= MAX_DEPTH) return false;
      return Array.isArray(value)
        ? value.every((item) => isPlain(item, budget, depth + 1))
        : isPlainObject(value) && areFieldsPlain(value, budget, depth + 1);
    case 'bigint':
    case 'function':
    case 'symbol':
      return false;
    default:
      budget.chars -= 5;
      return budget.chars >= 0;
  }
}

function areFieldsPlain(value: JsonObject, budget: WalkBudget, depth: number): boolean {
  for (const key of Object.keys(value)) {
    budget.chars -= key.length;
    if (budget.chars < 0) return false;
    const field = value[key];
    if (hides(keySensitivity(value, key), field) || redactText(key) !== key) return false;
    if (!isPlain(field, budget, depth)) return false;
  }
  return true;
}

/** A redacted copy of as much of a value as the budget allows; what is left out makes the budget negative. */
export function redactWithin(value: unknown, budget: WalkBudget, depth = 0): unknown {
  budget.nodes -= 1;
  if (typeof value === 'string') return redactTextWithin(value, budget);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return redactItems(value, budget, depth + 1);
  return redactFields(isPlainObject(value) ? value : asJson(value), budget, depth + 1);
}

function redactTextWithin(text: string, budget: WalkBudget): string {
  const allowed = Math.max(0, budget.chars);
  budget.chars -= text.length;
  return text.length <= allowed
    ? redactText(text)
    : redactText(text.slice(0, allowed + LOOK_AHEAD_CHARS)).slice(0, allowed);
}

function redactItems(items: readonly unknown[], budget: WalkBudget, depth: number): unknown[] {
  const copy: unknown[] = [];
  for (const item of items) {
    if (isSpent(budget)) break;
    copy.push(redactWithin(item, budget, depth));
  }
  return copy;
}

function redactFields(value: unknown, budget: WalkBudget, depth: number): unknown {
  if (!isObject(value)) return redactWithin(value, budget, depth);
  // Without a prototype "__proto__" is a key like any other.
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    if (isSpent(budget)) break;
    const field = value[key];
    const shownKey = redactTextWithin(key, budget);
    copy[shownKey] = hides(keySensitivity(value, key), field) ? REDACTED : redactWithin(field, budget, depth);
  }
  return copy;
}

/** Marks the budget as overdrawn when something is left out because of it. */
function isSpent(budget: WalkBudget): boolean {
  if (budget.chars > 0 && budget.nodes > 0) return false;
  budget.chars = Math.min(budget.chars, -1);
  return true;
}

/** `{"name": "Authorization", "value": "…"}` is how many tools take headers and variables. */
function keySensitivity(object: JsonObject, key: string): Sensitivity {
  if (key !== 'value') return sensitivityOf(key);
  const name = object['name'] ?? object['key'];
  return typeof name === 'string' ? sensitivityOf(name) : 'none';
}

function hides(sensitivity: Sensitivity, value: unknown): boolean {
  if (sensitivity === 'none' || value === null || value === undefined) return false;
  if (typeof value === 'number') return sensitivity === 'all';
  return typeof value !== 'boolean' && value !== '' && value !== REDACTED;
}

function isPlainObject(value: object): value is JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What JSON would make of an object that is not plain; of bytes only their number. */
function asJson(value: object): unknown {
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  return value;
}
