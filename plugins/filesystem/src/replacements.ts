import { FileFault } from './faults.ts';

/** One exact replacement. */
export interface Edit {
  readonly old_text: string;
  readonly new_text: string;
  readonly all?: boolean | undefined;
}

/** Applies edits one after the other, each to the result of the one before; all of them or none. */
export function applyEdits(
  original: string,
  edits: readonly Edit[],
): { readonly text: string; readonly replacements: number } {
  const adapt = lineEndingAdapter(original);
  let text = original;
  let replacements = 0;
  for (const [index, edit] of edits.entries()) {
    const old = adapt(edit.old_text);
    const count = edit.all === true ? countApart(text, old) : countOverlapping(text, old);
    if (count === 0) throw noMatch(text, old, index);
    if (count > 1 && edit.all !== true) throw notUnique(text, old, index, count);
    text = text.split(old).join(adapt(edit.new_text));
    replacements += count;
  }
  return { text, replacements };
}

/** In a file that has only one kind of line ending, edits take that kind, whatever they were written with. */
function lineEndingAdapter(text: string): (edit: string) => string {
  const feeds = countApart(text, '\n');
  const pairs = countApart(text, '\r\n');
  if (pairs === 0) return (edit) => (feeds === 0 ? edit : edit.replaceAll('\r\n', '\n'));
  if (pairs === feeds) return (edit) => edit.replaceAll(/\r?\n/g, '\r\n');
  return (edit) => edit;
}

function countApart(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

/** "aa" is in "aaa" twice: which one is meant is not clear. Stops at 1,000. */
function countOverlapping(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1 && count < 1_000; at = text.indexOf(part, at + 1)) count += 1;
  return count;
}

function noMatch(text: string, old: string, index: number): FileFault {
  const near = similarLine(text, old);
  return new FileFault(
    'NO_UNIQUE_MATCH',
    `Edit ${index + 1}: old_text is not in the file${near === undefined ? '' : `; line ${near} is similar but not the same`}`,
    'Nothing was changed. Read the file again and copy old_text exactly, with its spaces and line breaks',
  );
}

function notUnique(text: string, old: string, index: number, count: number): FileFault {
  const places: number[] = [];
  for (let at = text.indexOf(old); at !== -1 && places.length < 5; at = text.indexOf(old, at + 1)) {
    places.push(countApart(text.slice(0, at), '\n') + 1);
  }
  return new FileFault(
    'NO_UNIQUE_MATCH',
    `Edit ${index + 1}: old_text is in the file ${count} times (lines ${places.join(', ')}${count > 5 ? ', …' : ''})`,
    'Nothing was changed. Add lines around it until it is unique, or set "all" to true',
  );
}

/** The number of the first line that is the same but for its spaces. */
function similarLine(text: string, old: string): number | undefined {
  const wanted = old.split('\n').find((line) => line.trim() !== '');
  if (wanted === undefined) return undefined;
  const bare = wanted.replaceAll(/\s+/g, '');
  const found = text.split('\n').findIndex((line) => line.replaceAll(/\s+/g, '') === bare);
  return found === -1 ? undefined : found + 1;
}
