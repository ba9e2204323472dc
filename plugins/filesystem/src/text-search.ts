import type { Descriptor } from './descriptor.ts';
import { linesOf } from './lines.ts';
import type { Pattern } from './pattern.ts';
import { takeTurn } from './take-turn.ts';

/**
 * Work of one call, as bytes × size of the compiled expression: 100 MB for a usual one of size 10. The bound is a
 * count, not a clock, so the same search stops at the same place on every machine (at worst 8 s on a slow one).
 */
const MAX_STEPS = 1_000_000_000;
/** Steps before other calls get a turn, about 10 ms. */
const TURN_STEPS = 1_500_000;
/** Characters of lines and context one call returns. */
const MAX_CHARACTERS = 200_000;
/** A longer line is cut around its match. */
const MAX_LINE_CHARACTERS = 400;

/** A place in a file, at the start of a line (or of a piece of a very long one). */
export interface Position {
  readonly offset: number;
  readonly line: number;
}

export interface Hit {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly before: string[];
  readonly after: string[];
}

/** One search over any number of files, with one budget for all of them. */
export class TextSearch {
  readonly hits: Hit[] = [];
  bytes = 0;
  readonly #pattern: Pattern;
  readonly #maxHits: number;
  readonly #context: number;
  readonly #signal: AbortSignal;
  #stepsLeft = MAX_STEPS;
  #charactersLeft = MAX_CHARACTERS;
  #stepsThisTurn = 0;

  constructor(pattern: Pattern, options: { maxHits: number; context: number; signal: AbortSignal }) {
    this.#pattern = pattern;
    this.#maxHits = options.maxHits;
    this.#context = options.context;
    this.#signal = options.signal;
  }

  /** Whether the work of this call is used up. */
  get isSpent(): boolean {
    return this.#stepsLeft <= 0;
  }

  /** Searches one file. Gives the place to go on from when it had to stop, or "binary" at the first NUL. */
  async searchFile(file: Descriptor, path: string, from: Position): Promise<Position | 'binary' | undefined> {
    const before: string[] = [];
    let unfinished: Hit[] = [];
    let number = from.line;
    for (const { bytes, offset, endsLine } of linesOf(file, from.offset)) {
      if (this.isSpent) return { offset, line: number };
      if (bytes.includes(0)) return 'binary';
      await this.#spend(bytes.length);
      const text = bytes.toString('utf8', 0, bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length);
      for (const hit of unfinished) hit.after.push(this.#cut(text, 0));
      unfinished = unfinished.filter((hit) => hit.after.length < this.#context);
      if (this.#pattern.test(text)) {
        if (this.hits.length >= this.#maxHits || this.#charactersLeft <= 0) return { offset, line: number };
        const hit = this.#hit(path, number, text, before);
        this.hits.push(hit);
        if (this.#context > 0) unfinished.push(hit);
      }
      if (this.#context > 0 && before.push(this.#cut(text, 0)) > this.#context) before.shift();
      if (endsLine) number += 1;
    }
    return undefined;
  }

  #hit(path: string, line: number, text: string, before: readonly string[]): Hit {
    const index = this.#pattern.indexIn(text);
    const hit = {
      path,
      line,
      column: index + 1,
      text: this.#cut(text, index),
      before: [...before],
      after: [],
    };
    this.#charactersLeft -= [hit.path, hit.text, ...before].join('').length;
    return hit;
  }

  #cut(text: string, index: number): string {
    if (text.length <= MAX_LINE_CHARACTERS) return text;
    const start = Math.max(0, Math.min(index - 80, text.length - MAX_LINE_CHARACTERS));
    const part = text.slice(start, start + MAX_LINE_CHARACTERS).toWellFormed();
    return `${start > 0 ? '…' : ''}${part}${start + MAX_LINE_CHARACTERS < text.length ? '…' : ''}`;
  }

  async #spend(bytes: number): Promise<void> {
    const steps = (bytes + 1) * this.#pattern.cost;
    this.bytes += bytes + 1;
    this.#stepsLeft -= steps;
    this.#stepsThisTurn += steps;
    if (this.#stepsThisTurn < TURN_STEPS) return;
    this.#stepsThisTurn = 0;
    await takeTurn(this.#signal);
  }
}
