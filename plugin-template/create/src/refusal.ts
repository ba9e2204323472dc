/** Why nothing was written; the message says what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: 'USAGE' | 'NAME_TAKEN' | 'NOT_WRITABLE', what: string, todo: string, cause?: unknown) {
    super(`${code}: ${what}. ${todo}.`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
