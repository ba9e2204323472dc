import type { MessageBlock } from '../contract/threads.ts';

/** What of a message can be searched: what was said and given, not what tools answered. */
export function wordsOf(content: readonly MessageBlock[]): string {
  return content
    .flatMap((block) => {
      if (block.type === 'attachment') return [block.name, block.text];
      return block.type === 'text' || block.type === 'steering' ? block.text : [];
    })
    .join('\n');
}

/** Every word must occur; the last one may be a beginning. Whatever else FTS5 knows is taken literally. */
export function matchOf(search: string): string {
  const words = wordsIn(search);
  return words.length === 0 ? '""' : `${words.map((word) => `"${word}"`).join(' ')}*`;
}

/** Whether a text has them as FTS5 would find them: letters count, not their case or accents. */
export function hasWords(text: string, search: string): boolean {
  const [last, ...words] = wordsIn(plain(search)).toReversed();
  if (last === undefined) return false;
  const all = wordsIn(plain(text));
  return all.some((word) => word.startsWith(last)) && words.every((word) => all.includes(word));
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Any of the longest words of a text; null when it has none. */
export function anyWordOf(text: string, mostWords: number): string | null {
  const words = [...new Set(wordsIn(text.toLowerCase()))].filter((word) => word.length > 2);
  const longest = words.toSorted((a, b) => b.length - a.length).slice(0, mostWords);
  return longest.length === 0 ? null : longest.map((word) => `"${word}"`).join(' OR ');
}

function wordsIn(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}
