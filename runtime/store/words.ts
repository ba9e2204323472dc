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
  const words = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0 ? '""' : `${words.map((word) => `"${word}"`).join(' ')}*`;
}
