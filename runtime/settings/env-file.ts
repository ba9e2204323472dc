import { parseEnv } from 'node:util';

/** One statement of a `.env`, or the text between two. */
interface EnvPart {
  /** Undefined for blank lines, comments and what is no statement. */
  readonly name: string | undefined;
  readonly value: string;
  /** As it is written, with its line breaks. */
  readonly text: string;
}

/** The parts of a `.env` in the order they are written; together they are the whole text. */
export function partsOf(text: string): readonly EnvPart[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const parts: EnvPart[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, name, quote] = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(["'`])?/.exec(line) ?? [];
    const end = quote === undefined ? at : closingLine(lines, at, quote);
    const statement = lines.slice(at, end + 1).join('');
    parts.push({ name, text: statement, value: name === undefined ? '' : (parseEnv(statement)[name] ?? '') });
    at = end;
  }
  return parts;
}

/** The line on which a quote that opens on line `at` closes; that line itself when it never does. */
function closingLine(lines: readonly string[], at: number, quote: string): number {
  const opening = (lines[at] ?? '').indexOf(quote);
  if ((lines[at] ?? '').includes(quote, opening + 1)) return at;
  const later = lines.findIndex((line, index) => index > at && line.includes(quote));
  return later === -1 ? at : later;
}
