import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';

type Style = Parameters<typeof styleText>[0];

/** Colours only on a terminal, and never when NO_COLOR is set (https://no-color.org). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** An indented line of a name and what there is to say of it; on a terminal long text stays in its column. */
export function printRow(name: string, text: string, width = 13): void {
  // A name that fills its column is still apart from the text.
  const column = name.length < width ? name.padEnd(width) : `${name}  `;
  const indent = width + 2;
  const lines = process.stdout.isTTY ? wrap(text, Math.max(20, process.stdout.columns - indent)) : [text];
  print(`  ${column}${lines.join(`\n${' '.repeat(indent)}`)}`);
}

/** A paragraph as it is shown on `stream`: broken between words on a terminal, in one line elsewhere. */
export function paragraph(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY ? wrap(text, stream.columns).join('\n') : text;
}

/** Breaks a text between words; what fits, and a word that is too long, stays as it is. */
export function wrap(text: string, most: number): readonly string[] {
  if (stringWidth(text) <= most) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && stringWidth(line) + 1 + stringWidth(word) > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

export function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  print(process.stdout.isTTY ? escapeHidden(text) : text);
}

/**
 * Control characters, which could rewrite what stands on the screen, marks that turn the direction of writing, and what
 * cannot be seen at all; but not what joins two emoji into one.
 */
const hidden =
  /(?!\uFE0E|\uFE0F|(?<=\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)\u200D(?=\p{Extended_Pictographic}))[[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\uFFF9-\uFFFB]--[\n\t]]/gv;

/** Writes hidden characters as they are written in JSON, where that is the same value. */
export function escapeHidden(text: string): string {
  return text.replaceAll(hidden, (char) =>
    char.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Foreign text that is safe to show: without escape sequences; what else is hidden in it can be seen. */
export function printable(text: string): string {
  return escapeHidden(stripVTControlCharacters(text).replaceAll('\r\n', '\n'));
}

/** The same in one line. */
export function inOneLine(text: string): string {
  return printable(text.replaceAll(/\s+/gu, ' ').trim());
}

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Gives way when the terminal is too narrow; without one, or when that is not enough, the widest column does. */
  readonly isFlexible?: boolean;
}

/** A cell: foreign text is made printable, the style is applied after it is measured. */
export type Cell = string | { readonly text: string; readonly style: Style };

const gap = '  ';
const leastFlexible = 8;

/** Prints aligned columns that fit the terminal; into a file or a pipe nothing is cut off. */
export function printTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
  const texts = rows.map((row) => row.map((cell) => inOneLine(typeof cell === 'string' ? cell : cell.text)));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...texts.map((row) => stringWidth(row[at] ?? ''))),
  );
  fit(columns, widths);
  const line = (cells: readonly string[], styleOf: (at: number) => Style | undefined): string =>
    cells
      .map((text, at) => {
        const cut = cutTo(text, widths[at] ?? 0);
        const style = styleOf(at);
        const shown = style === undefined ? cut : paint(style, cut);
        const blank = ' '.repeat(Math.max(0, (widths[at] ?? 0) - stringWidth(cut)));
        if (columns[at]?.isNumber === true) return blank + shown;
        return at === cells.length - 1 ? shown : shown + blank;
      })
      .join(gap)
      .trimEnd();
  print(
    line(
      columns.map(({ title }) => title),
      () => 'dim',
    ),
  );
  texts.forEach((cells, index) => {
    print(
      line(cells, (at) => {
        const cell = rows[index]?.[at];
        return typeof cell === 'object' ? cell.style : undefined;
      }),
    );
  });
}

function fit(columns: readonly Column[], widths: number[]): void {
  if (!process.stdout.isTTY) return;
  const chosen = columns.findIndex(({ isFlexible }) => isFlexible === true);
  const all = widths.reduce((sum, width) => sum + width, gap.length * (columns.length - 1));
  for (let over = all - process.stdout.columns; over > 0; over--) {
    const width = widths[chosen] ?? 0;
    const at = width > leastFlexible ? chosen : widths.lastIndexOf(Math.max(...widths));
    const cut = (widths[at] ?? 0) - 1;
    if (cut < leastFlexible) return;
    widths[at] = cut;
  }
}

function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let cut = '';
  for (const segment of segments) {
    if (stringWidth(cut + segment) > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** `12 ms`, `1.2 s`, `3 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `35 MB`, in units of 1,048,576 bytes. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}

/** Local time, with the day when it is not today. */
export function moment(ms: number, now: number): string {
  const at = new Date(ms);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  if (at.toDateString() === new Date(now).toDateString()) return time;
  return `${day} ${time}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
