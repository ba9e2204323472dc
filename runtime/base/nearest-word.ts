import { distance } from 'fastest-levenshtein';

/**
 * The word a misspelled one most likely stands for, or undefined when none is near: at most a third of
 * its letters (two at least) may differ, so "permisions" finds "permissions" and "colour" finds nothing.
 */
export function nearestWord(written: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(2, Math.floor(written.length / 3));
  const ranked = known
    .map((word) => ({ word, away: distance(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ away, word }) => away <= allowed && away < word.length)
    .sort((a, b) => a.away - b.away);
  return ranked[0]?.word;
}
