import { clip, MAX_PROBLEMS, pointerOf, type Problem } from './problems.ts';

/** Checks one value, reports problems to the run, and says whether the value fits. */
export type Check = (value: unknown, run: Run) => boolean;

/** A value may take this many steps to check; a step takes 5 ns to 50 ns. */
const MAX_STEPS = 2_000_000;
/** How deep schemas may call schemas; each call takes about four frames of the stack. */
const MAX_NESTING = 400;

/** A check took more steps, more nesting or more time than it may. */
export class TooMuchWork extends Error {
  override readonly name = 'TooMuchWork';
}

/** Which parts of one object or list were looked at by some keyword: for `unevaluatedProperties` and `unevaluatedItems`. */
export class Evaluated {
  readonly keys = new Set<string>();
  readonly items = new Set<number>();

  merge(other: Evaluated): void {
    for (const key of other.keys) this.keys.add(key);
    for (const item of other.items) this.items.add(item);
  }
}

/** One validation on its way: what it may still spend, where it is, what it found. */
export class Run {
  /** Null while problems do not count: inside `not`, `if`, and the branches of `anyOf`. */
  problems: Problem[] | null = [];
  /** Null when no enclosing schema asks. */
  evaluated: Evaluated | null = null;
  /** Of characters times instructions of a pattern, how much was done; see `pattern.ts`. */
  patternWork = 0;
  /** Milliseconds spent where only the clock can tell. */
  timedMs = 0;
  readonly #path: (string | number)[] = [];
  #steps = 0;
  #asked = false;
  #nesting = 0;

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw new TooMuchWork(`more than ${MAX_STEPS} steps`);
  }

  /** Whether more problems should be looked for in a value that is known not to fit. */
  get isCurious(): boolean {
    return this.problems !== null && this.problems.length < MAX_PROBLEMS;
  }

  /** Notes a problem with the value at hand, or with one of its parts, and returns false. */
  fail(problem: string | (() => string), part?: string | number): false {
    if (this.problems !== null && this.problems.length < MAX_PROBLEMS) {
      const path = part === undefined ? this.#path : [...this.#path, part];
      this.problems.push({
        path: pointerOf(path),
        problem: typeof problem === 'string' ? problem : problem(),
      });
    }
    return false;
  }

  /** Goes one schema, or one level of a value, deeper; `leave` comes back. */
  enter(): void {
    this.spend(1);
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING)
      throw new TooMuchWork(`more than ${MAX_NESTING} schemas inside each other`);
  }

  leave(): void {
    this.#nesting -= 1;
  }

  /** Checks a part of the value at hand. */
  descend(check: Check, part: string | number, value: unknown): boolean {
    const { evaluated } = this;
    this.evaluated = null;
    this.#path.push(part);
    const isValid = check(value, this);
    this.#path.pop();
    this.evaluated = evaluated;
    return isValid;
  }

  /** Checks the value at hand with a schema that it need not fit; problems do not count. */
  try(check: Check, value: unknown): boolean {
    const { problems, evaluated } = this;
    this.problems = null;
    if (evaluated !== null) this.evaluated = new Evaluated();
    const isValid = check(value, this);
    if (isValid && evaluated !== null && this.evaluated !== null) evaluated.merge(this.evaluated);
    this.problems = problems;
    this.evaluated = evaluated;
    return isValid;
  }

  /** Whether a part of the value at hand fits; problems do not count. */
  tryPart(check: Check, part: string | number, value: unknown): boolean {
    const { problems } = this;
    this.problems = null;
    const isValid = this.descend(check, part, value);
    this.problems = problems;
    return isValid;
  }

  /** Whether a problem is being explained by others, which then need no explanation of their own. */
  get isAsked(): boolean {
    return this.#asked;
  }

  /** The first problem the value at hand has with a schema, as text; empty when it fits. */
  ask(check: Check, value: unknown): string {
    const { problems, evaluated } = this;
    const path = pointerOf(this.#path);
    this.problems = [];
    this.evaluated = null;
    this.#asked = true;
    check(value, this);
    const [first] = this.problems;
    this.problems = problems;
    this.evaluated = evaluated;
    this.#asked = false;
    if (first === undefined) return '';
    return first.path === path ? first.problem : clip(`${first.path.slice(path.length)} ${first.problem}`);
  }
}
