import { createTwoFilesPatch } from 'diff';
import type { JsonObject } from '../../contract/plugins.ts';
import { sorted } from '../../base/canonical-json.ts';
import { agreedPart } from '../../contract/definition.ts';

/** Lines a diff may add and remove together: the search for the shortest one takes their square. */
const mostChangedLines = 1_000;
const longestText = 65_536;

/** Never seen, or seen as a blank: controls, format characters, fillers, tags, variation selectors, unusual spaces; and our own marks. */
const unseen = /[^\P{C}\n]|[^\P{Z} ]|\p{Default_Ignorable_Code_Point}|[\u{2800}⟨⟩]/u;
/** Letters drawn as plain ones: full-width, mathematical, and the like. */
const styled = /[\u{FF01}-\u{FF5E}\u{1D400}-\u{1D7FF}\u{2100}-\u{214F}\u{24B6}-\u{24E9}]/u;
/** A word, or one character between words. */
const wordOrOther = /[\p{L}\p{M}\p{N}_]+|[^]/gu;
/** Scripts whose letters pass for Latin ones. */
const lookAlike =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const latin = /\p{Script=Latin}/u;

/**
 * A text in which nothing hides: invisible characters, marks that turn the direction of writing and letters that look
 * like others are written as ⟨U+200B⟩. Letters of another alphabet are marked where they stand among Latin ones, or
 * everywhere when `isLatin` says that the text used to have none.
 */
export function visible(text: string, isLatin = false): string {
  return text.replaceAll(wordOrOther, (word) => {
    const isSuspect = isLatin || latin.test(word);
    return Array.from(word, (letter) => markIfHidden(letter, isSuspect)).join('');
  });
}

function markIfHidden(letter: string, isAmongLatin: boolean): string {
  const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  if (unseen.test(letter)) return `⟨U+${code}⟩`;
  const isDisguised = styled.test(letter) || (isAmongLatin && lookAlike.test(letter));
  return isDisguised ? `${letter}⟨U+${code}⟩` : letter;
}

/** A definition as text to read and compare: the description sentence by sentence, the rest as indented JSON. */
export function readableDefinition(definition: JsonObject): string {
  const { name, title, description, ...rest } = agreedPart(definition);
  const parts = [line('name', name), line('title', title)];
  if (typeof description === 'string') parts.push(`description:\n${indent(sentences(description))}`);
  else parts.push(line('description', description));
  for (const [key, value] of Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push(`${key}: ${JSON.stringify(sorted(value), null, 2)}`);
  }
  return parts.filter((part) => part !== '').join('\n');
}

/** Both texts as they are shown, and the lines that differ. `before` is null when there is nothing to compare with. */
export function compareTexts(
  before: string | null,
  after: string,
): { readonly before: string | null; readonly after: string; readonly diff: string } {
  const wasLatin = before !== null && before.search(lookAlike) === -1;
  const shownAfter = visible(after, wasLatin);
  if (before === null) return { before, after: bounded(shownAfter), diff: '' };
  const shownBefore = visible(before);
  return {
    before: bounded(shownBefore),
    after: bounded(shownAfter),
    diff: bounded(diffLines(shownBefore, shownAfter)),
  };
}

function diffLines(before: string, after: string): string {
  const patch = createTwoFilesPatch('', '', `${before}\n`, `${after}\n`, undefined, undefined, {
    context: 2,
    maxEditLength: mostChangedLines,
  });
  if (patch === undefined) return `(more than ${mostChangedLines} lines differ)`;
  // The header names files; here there are none.
  return patch.slice(Math.max(0, patch.indexOf('@@'))).trimEnd();
}

function bounded(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, longestText)}\n… (${text.length - longestText} more characters are not shown)`;
}

function line(key: string, value: unknown): string {
  if (value === undefined) return '';
  return `${key}: ${typeof value === 'string' ? value : JSON.stringify(sorted(value))}`;
}

/** One sentence a line, so that a diff shows the sentence that changed. */
function sentences(text: string): string {
  return text.replaceAll(/(?<=[.!?;]) +(?=\S)/g, '\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
