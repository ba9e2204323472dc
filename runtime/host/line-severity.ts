/** How bad it sounds. */
export type Severity = 'info' | 'warn' | 'error';

const bad =
  /^\W{0,8}(?:(?:uncaught |unhandled )?\w{0,60}(?:error|exception)\b|fatal\b|panic\b|traceback \(|critical\b)/i;
const odd = /^\W{0,8}(?:\(node:\d{1,10}\) )?(?:\w{0,30}warn(?:ing)?\b)/i;
/** Dates and names that loggers put in front. */
const head = /^(?:[\d:.,TZ+\- /[\]]{1,40}|\[?[\w.-]{1,40}\]?:? )?(?=\S)/;

/**
 * What a line on stderr is: plugins write everything there, and what they say of a level they say in their own ways.
 * A guess, to find what went wrong; nothing follows from it.
 */
export function severityOf(line: string): Severity {
  const json = /"level":\s*"?(\w{1,10})"?/.exec(line)?.[1];
  if (json !== undefined) return ofWord(json);
  for (const text of [line, line.replace(head, '')]) {
    if (bad.test(text)) return 'error';
    if (odd.test(text)) return 'warn';
  }
  return 'info';
}

/** Words, and the numbers of pino. */
function ofWord(level: string): Severity {
  if (/^(?:error|err|fatal|critical|[56]0)$/i.test(level)) return 'error';
  return /^(?:warn(?:ing)?|40)$/i.test(level) ? 'warn' : 'info';
}
