import { RE2JS, RE2JSException } from 're2js';
import { FileFault } from './faults.ts';

/** Largest program an expression may compile to; the worst measured cost is 8 ns per byte and instruction. */
const MAX_PROGRAM_SIZE = 1_000;

/** A search expression that takes linear time on every input. */
export interface Pattern {
  test(line: string): boolean;
  /** Where the first match starts, in UTF-16 code units from 0; 0 when there is none. */
  indexIn(line: string): number;
  /** Steps per byte at worst: the size of the compiled program. */
  readonly cost: number;
}

/** Compiles an RE2 expression, or plain text when `isLiteral`. */
export function compilePattern(source: string, isLiteral: boolean, ignoresCase: boolean): Pattern {
  const expression = compile(
    isLiteral ? RE2JS.quote(source) : source,
    ignoresCase ? RE2JS.CASE_INSENSITIVE : 0,
  );
  const cost = expression.programSize();
  if (cost > MAX_PROGRAM_SIZE) {
    throw new FileFault(
      'INVALID_ARGUMENT',
      `The expression is too large (${cost} steps per character, at most ${MAX_PROGRAM_SIZE})`,
      'Use smaller repeat counts such as {1,20}, or "+"',
    );
  }
  return {
    test: (line) => expression.test(line),
    indexIn: (line) => {
      const match = expression.matcher(line);
      return match.find() ? match.start() : 0;
    },
    cost,
  };
}

function compile(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new FileFault(
      'INVALID_ARGUMENT',
      `The expression is not valid: ${error.message}`,
      'Use RE2 syntax (no back-references and no lookaround), or set "literal" to true for plain text',
      error,
    );
  }
}
