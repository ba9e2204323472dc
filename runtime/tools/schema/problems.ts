/** One way in which a value does not fit a schema. */
export interface Problem {
  /** JSON Pointer (RFC 6901) to the value in question; empty for the input as a whole. */
  readonly path: string;
  /** Reads on from the path: `must be a string, not a number`. */
  readonly problem: string;
}

/** Of a value that does not fit at all, this many problems are named. */
export const MAX_PROBLEMS = 5;
const MAX_SHOWN_CHARS = 64;
const MAX_SHOWN_VALUES = 8;

/** The problems as one line for a person: `/title is required; /count must be an integer, not a string`. */
export function explainProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ path, problem }) => (path === '' ? `the input ${problem}` : `${path} ${problem}`))
    .join('; ');
}

/** A piece of a schema or of a value for a message: plugins choose its length, so it is cut. */
export function clip(text: string): string {
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`;
}

/** `1 item`, `2 items`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** Some of the values, for a message. */
export function listSome(values: readonly unknown[]): string {
  const shown = values.slice(0, MAX_SHOWN_VALUES).map(show);
  if (values.length > MAX_SHOWN_VALUES) shown.push('…');
  return shown.join(', ');
}

/** JSON Pointer of a path. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((step) => `/${clip(String(step)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a certain list';
  if (typeof value === 'object' && value !== null) return 'a certain object';
  return JSON.stringify(typeof value === 'string' ? clip(value) : value);
}
