import { inConsole } from './console-words.ts';

/** What the kernel said instead of an answer: an entry of its catalogue of errors. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** What happened. */
  readonly what: string;
  /** What to do; empty when there is nothing to do. */
  readonly todo: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, data: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
    // "CODE: what happened. What to do."
    const said = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
    const end = /\.\s+(?=\p{Lu})/u.exec(said);
    this.what = end === null ? said : said.slice(0, end.index + 1);
    this.todo = end === null ? '' : said.slice(end.index + end[0].length);
  }

  static of(status: number, body: unknown): ApiError {
    if (isRecord(body) && isRecord(body['error'])) {
      const { code, message, data } = body['error'];
      if (typeof code === 'string' && typeof message === 'string')
        return new ApiError(status, code, message, isRecord(data) ? data : {});
    }
    return new ApiError(status, 'INTERNAL', `The kernel answered with status ${status}. See its log.`);
  }
}

/** The kernel did not answer at all. */
export function unreachable(cause: unknown): ApiError {
  const message =
    'The kernel cannot be reached. Check that "nexus start" is running; this page goes on by itself.';
  return Object.assign(new ApiError(0, 'KERNEL_GONE', message), { cause });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Anything thrown as what happened and what to do. */
export function explained(error: unknown): {
  readonly what: string;
  readonly todo: string;
  readonly code: string;
} {
  if (error instanceof ApiError)
    return { what: inConsole(error.what), todo: inConsole(error.todo), code: error.code };
  const what = error instanceof Error ? error.message : String(error);
  return { what, todo: 'Reload the page. If it happens again, see the logs.', code: 'CONSOLE' };
}
