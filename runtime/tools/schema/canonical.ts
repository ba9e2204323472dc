import type { Run } from './run.ts';

const CHARS_PER_STEP = 16;

/** A text that equal JSON values share and others do not, for `enum`, `const` and `uniqueItems`. In linear time. */
export function canonical(value: unknown, run: Run): string {
  if (typeof value === 'string') {
    run.spend(1 + value.length / CHARS_PER_STEP);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object' || value === null) {
    run.spend(1);
    // -0 equals 0, and both are written 0.
    return String(value);
  }
  run.enter();
  const text = Array.isArray(value) ? canonicalItems(value, run) : canonicalFields(value, run);
  run.leave();
  return text;
}

function canonicalItems(items: readonly unknown[], run: Run): string {
  return `[${items.map((item) => canonical(item, run)).join(',')}]`;
}

function canonicalFields(fields: object, run: Run): string {
  const sorted = Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field, run)}`).join(',')}}`;
}
