/** What one script may hand over and get back, in characters unless a name says otherwise. */
export const bounds = {
  source: 262_144,
  input: 1_048_576,
  result: 1_048_576,
  /** Levels of arrays and objects in a result. */
  resultDepth: 64,
  consoleLine: 8_192,
  console: 65_536,
  consoleLines: 1_000,
  /** Of the words and the trace of an error. */
  error: 4_096,
} as const;

/** Whether JSON text is nested deeper than a result may be; linear, whatever the text. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at];
    if (isInString) {
      if (char === '\\') at += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > bounds.resultDepth) return true;
  }
  return false;
}
