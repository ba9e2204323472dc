/** One word of a command line. */
export interface Word {
  readonly text: string;
  /** Where an unquoted `=` stands behind what could be a name. */
  readonly equals: number | undefined;
}

const blank = /\s/;

/**
 * Splits a line at blanks as a shell would: '…' is taken as it is, in "…" and outside a backslash takes away the
 * meaning of the next character. Answers the quote that was never closed as a problem.
 */
export function splitWords(line: string): readonly Word[] | { readonly problem: string } {
  const words: Word[] = [];
  let text = '';
  let equals: number | undefined;
  let isOpen = false;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    let character = line.charAt(at);
    if (character === '\\' && quote !== "'" && at + 1 < line.length) {
      at++;
      character = line.charAt(at);
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      isOpen = true;
      // A name is never quoted: "a=b" in quotes is text.
      if (text === '') equals = -1;
      continue;
    } else if (character === quote) {
      quote = '';
      continue;
    } else if (quote === '' && blank.test(character)) {
      if (isOpen) words.push({ text, equals: positive(equals) });
      [text, equals, isOpen] = ['', undefined, false];
      continue;
    } else if (quote === '' && character === '=' && /^[A-Za-z_][\w-]*$/.test(text)) {
      equals ??= text.length;
    }
    text += character;
    isOpen = true;
  }
  if (quote !== '')
    return { problem: `a ${quote} is opened and never closed; write \\${quote} for the character` };
  if (isOpen) words.push({ text, equals: positive(equals) });
  return words;
}

function positive(equals: number | undefined): number | undefined {
  return equals === undefined || equals < 0 ? undefined : equals;
}
