/** So many lines before the last one may hold what a program really said. */
const tailLines = 40;

/** Node ends a crash with its version; a stack trace ends with places. */
const saysNothing = /^\s*(?:at .+|Node\.js v\d.*|\^+|\}?)\s*$/;
const namesError = /^(?:Uncaught )?(?:[A-Z]\w*(?:Error|Exception)|Error)\b.*/;

/** Of what a plugin wrote to stderr before it ended, the line that says why. */
export class LastWords {
  #lines: string[] = [];

  note(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * tailLines) this.#lines = this.#lines.slice(-tailLines);
  }

  /** The error behind a stack trace, else the last line that says something. */
  get text(): string {
    const tail = this.#lines.slice(-tailLines);
    const last = tail.findLastIndex((line) => !saysNothing.test(line));
    const isTrace = last !== tail.length - 1;
    const error = isTrace ? tail.findLast((line) => namesError.test(line)) : undefined;
    return error ?? tail[last] ?? '(it wrote nothing to stderr)';
  }
}
