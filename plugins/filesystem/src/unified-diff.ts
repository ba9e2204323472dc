import { createTwoFilesPatch } from 'diff';

/** Lines a diff may add and remove together: the search for the shortest one takes their square. */
const MAX_CHANGED_LINES = 2_000;
const MAX_LENGTH = 65_536;

/** A unified diff of two versions of a file, or one line that says it is too large to show. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const diff = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
    context: 3,
    maxEditLength: MAX_CHANGED_LINES,
  });
  if (diff !== undefined && diff.length <= MAX_LENGTH) return diff.replace(/^=+\n/, '');
  return `(more than ${MAX_CHANGED_LINES} changed lines or ${MAX_LENGTH} characters: no diff shown)\n`;
}
