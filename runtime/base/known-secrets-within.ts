import { redactKnown } from './known-secrets.ts';

type Parts = Readonly<Record<string, unknown>>;

/** A JSON value without known secrets, keys included. The same one when it has none. */
export function redactKnownWithin(value: unknown): unknown {
  return typeof value === 'string' ? redactKnown(value) : mapParts(value, redactKnownWithin, redactKnown);
}

/** Whether a JSON value holds a known secret, or what stands for one. Such a value cannot be kept and used as it is later. */
export function holdsSecret(value: unknown): boolean {
  return redactKnownWithin(value) !== value || JSON.stringify(value).includes('[secret ');
}

/** A list or an object with other parts; itself when none of them is another one. */
export function mapParts(
  value: unknown,
  part: (part: unknown, key: string, of: Parts) => unknown,
  keyOf = (key: string): string => key,
): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const kept = items.map((item) => part(item, '', {}));
    return kept.every((item, at) => item === items[at]) ? value : kept;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const kept = entries.map(([key, field]) => [keyOf(key), part(field, key, value)] as const);
  const isSame = kept.every(([key, field], at) => key === entries[at]?.[0] && field === entries[at][1]);
  return isSame ? value : Object.fromEntries(kept);
}

function isObject(value: unknown): value is Parts {
  return typeof value === 'object' && value !== null;
}
