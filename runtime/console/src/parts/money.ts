const dollars = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  maximumFractionDigits: 4,
});

/** Micro-dollars as dollars. */
export function moneyOf(micros: number): string {
  return dollars.format(micros / 1_000_000);
}
