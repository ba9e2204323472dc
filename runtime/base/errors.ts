import { catalogue, type ErrorCode } from './error-catalogue.ts';

export type { ErrorCode } from './error-catalogue.ts';

/** Values that fill the `{placeholders}` of a catalogue entry; kept on the error for programs to read. */
export type ErrorData = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error class of the project. `message` reads `CODE: what happened. What to do.`;
 * `code`, `data` and `cause` are for programs. Every code is an entry of the catalogue.
 */
export class NexusError extends Error {
  override readonly name = 'NexusError';
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, data: ErrorData = {}, cause?: unknown) {
    const entry = catalogue[code];
    const hint = fill(entry.hint, data);
    super(
      `${code}: ${fill(entry.what, data)}.${hint === '' ? '' : ` ${hint}.`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.data = data;
  }

  /** HTTP status this error answers with. */
  get status(): number {
    return catalogue[this.code].status;
  }
}

/** The message of anything thrown, for logs and for users. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js system error (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function fill(template: string, data: ErrorData): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(data[key] ?? `{${key}}`));
}
