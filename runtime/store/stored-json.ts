/** Placeholder until the bounded walk lands. */
export function storedJson(value: unknown, maxBytes: number): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length <= maxBytes
    ? text
    : JSON.stringify({ truncated: true, bytes: text.length, head: text.slice(0, maxBytes / 2) });
}
