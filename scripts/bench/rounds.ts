/**
 * Takes each item once in every round, every round beginning with another one, so that what the machine does beside
 * the bench meets all of them alike.
 */
export async function inRounds<T>(
  items: readonly T[],
  rounds: number,
  visit: (item: T, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const shift = round % Math.max(1, items.length);
    for (const item of [...items.slice(shift), ...items.slice(0, shift)]) await visit(item, round);
  }
}
