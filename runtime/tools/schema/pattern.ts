import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { messageOf } from '../../base/errors.ts';
import { TooMuchWork, type Run } from './run.ts';
import { within } from './timed.ts';

const MAX_PATTERN_CHARS = 2_000;
/**
 * Compiling takes 2 µs to 26 µs for each character, times what its counts repeat. Up to this many, 0.1 s at worst,
 * the patterns of a schema are compiled without a clock: a busy machine must not make ordinary ones fail.
 */
const UNTIMED_COMPILE_CHARS = 4_000;
/** All larger patterns of a schema together; one of 2,000 characters can take 400 ms. */
const MAX_COMPILE_MS = 200;
/**
 * RE2 is linear in the text, times the size of the pattern's program, but the factor varies from 1 ns to 165 ns
 * (measured with patterns that keep making new states). Up to this many characters × instructions, 16 ms at worst,
 * are done without a clock.
 */
const UNTIMED_WORK = 100_000;
/** All larger matches of one validation together. */
const MAX_MATCH_MS = 200;

const require = createRequire(import.meta.url);
let engine: typeof RE2JS | undefined;

/** A pattern of a plugin's schema, run by RE2: no text makes it stall. */
export class Pattern {
  readonly #source: string;
  #compiled: RE2JS | undefined;

  constructor(source: string, compiled: RE2JS) {
    this.#source = source;
    this.#compiled = compiled;
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string, run: Run): boolean {
    const compiled = (this.#compiled ??= compile(this.#source));
    run.spend(1);
    run.patternWork += text.length * compiled.programSize();
    if (run.patternWork <= UNTIMED_WORK) return compiled.test(text);

    const started = performance.now();
    try {
      return within(MAX_MATCH_MS - run.timedMs, () => compiled.test(text));
    } catch (error) {
      // What was interrupted may be half changed.
      this.#compiled = undefined;
      throw error;
    } finally {
      run.timedMs += performance.now() - started;
    }
  }
}

/** Compiles the patterns of one schema. */
export class PatternCompiler {
  readonly #warn: (warning: string) => void;
  #untimedChars = 0;
  #spentMs = 0;

  constructor(warn: (warning: string) => void) {
    this.#warn = warn;
  }

  /**
   * Null, with a warning, for a pattern that RE2 cannot run (look-around, back-references) or that is too large. It
   * is then not checked here: it cannot harm the kernel, and the plugin checks its own arguments as well.
   */
  compile(source: string): Pattern | null {
    if (source.length > MAX_PATTERN_CHARS) return this.#ignore(source, `longer than ${MAX_PATTERN_CHARS}`);
    // Never under the clock: what is interrupted while it loads stays half loaded.
    engine ??= loadEngine();
    const started = performance.now();
    try {
      this.#untimedChars += repeatedChars(source);
      if (this.#untimedChars <= UNTIMED_COMPILE_CHARS) return new Pattern(source, compile(source));
      const compiled = within(MAX_COMPILE_MS - this.#spentMs, () => compile(source));
      this.#spentMs += performance.now() - started;
      return new Pattern(source, compiled);
    } catch (error) {
      this.#spentMs += performance.now() - started;
      return this.#ignore(source, error instanceof TooMuchWork ? 'it is too complex' : messageOf(error));
    }
  }

  #ignore(source: string, reason: string): null {
    this.#warn(`pattern ${JSON.stringify(source.slice(0, 80))} is not checked: ${reason}`);
    return null;
  }
}

function compile(source: string): RE2JS {
  engine ??= loadEngine();
  return engine.compile(engine.translateRegExp(widenSpaces(source)));
}

/** At least what a pattern's length is when its counts are written out: `a{3}{4}` counts at most 12 for each. */
function repeatedChars(source: string): number {
  let repeats = 1;
  for (const [, most] of source.matchAll(/(\d+)\}/g)) repeats += Number(most);
  return source.length * repeats;
}

/** JavaScript's `\s` knows the spaces of Unicode, RE2's only five of ASCII. `\S` inside brackets stays RE2's. */
function widenSpaces(source: string): string {
  const spaces = String.raw`\s\v\x{a0}\x{feff}\p{Z}`;
  let isInClass = false;
  return source.replaceAll(/\\[^]|[[\]]/g, (token) => {
    if (token === '[') isInClass = true;
    else if (token === ']') isInClass = false;
    else if (token === String.raw`\s`) return isInClass ? spaces : `[${spaces}]`;
    else if (token === String.raw`\S` && !isInClass) return `[^${spaces}]`;
    return token;
  });
}

/** With the first pattern, not with the kernel: it takes 7 ms. */
function loadEngine(): typeof RE2JS {
  const loaded: unknown = require('re2js');
  if (!hasEngine(loaded)) throw new Error('re2js has no RE2JS');
  return loaded.RE2JS;
}

function hasEngine(loaded: unknown): loaded is { readonly RE2JS: typeof RE2JS } {
  return (
    typeof loaded === 'object' && loaded !== null && 'RE2JS' in loaded && typeof loaded.RE2JS === 'function'
  );
}
