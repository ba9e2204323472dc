const steps = [
  [1_000_000_000_000, 'terabyte'],
  [1_000_000_000, 'gigabyte'],
  [1_000_000, 'megabyte'],
] as const;

const formats = new Map(
  steps.map(([, unit]) => [
    unit,
    new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumSignificantDigits: 3 }),
  ]),
);

/** A size in the largest unit that tells enough. */
export function bytesOf(bytes: number): string {
  const [size, unit] = steps.find(([least]) => bytes >= least) ?? steps[2];
  return formats.get(unit)?.format(bytes / size) ?? String(bytes);
}
