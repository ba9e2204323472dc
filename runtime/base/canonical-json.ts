/** JSON that equal values share: keys sorted by code unit, no white space (as in RFC 8785). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** The value with its keys in order, at every depth. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // Not by assignment, which would take a key "__proto__" for the prototype.
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
