/** Deepest nesting of arrays and objects taken from anybody. Far below where walking or writing a value would exhaust the stack. */
export const jsonDepthLimit = 256;

/** Whether JSON text is nested deeper than `jsonDepthLimit`. Linear; text too short to be is not read. */
export function isTooDeep(text: string): boolean {
  if (text.length <= jsonDepthLimit) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (isInString) {
      if (char === backslash) at++;
      else if (char === quote) isInString = false;
    } else if (char === quote) isInString = true;
    else if (char === openBracket || char === openBrace) {
      depth++;
      if (depth > jsonDepthLimit) return true;
    } else if (char === closeBracket || char === closeBrace) depth--;
  }
  return false;
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [34, 92, 91, 93, 123, 125];
