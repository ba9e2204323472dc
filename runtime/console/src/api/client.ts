import { hc, type ClientResponse } from 'hono/client';
import type { Api } from '../../../edge/http/api/app.ts';
import { ApiError, unreachable } from './api-error.ts';
import { csrfHeader, csrfToken, noteSignedOut } from './csrf.ts';

/** Every route of the kernel's API by its path, with the types of the kernel itself. */
export const { api } = hc<Api>('/', { fetch: send });

/** The body of a successful answer of a route; rejects with an ApiError for every other. */
export async function request(method: string, path: string, body?: unknown): Promise<unknown> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return await bodyOf(await send(path, { method, ...json }));
}

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  const isWrite = init?.method !== undefined && init.method !== 'GET';
  if (isWrite) headers.set(csrfHeader, csrfToken());
  try {
    return await fetch(input, { ...init, headers, credentials: 'same-origin' });
  } catch (error) {
    if (init?.signal?.aborted === true) throw error;
    throw unreachable(error);
  }
}

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** The body of an answer when it is a success. */
export type Answered<R> = R extends ClientResponse<infer T, number> ? Exclude<T, ErrorBody> : never;

/** The body of a successful answer; rejects with an ApiError for every other. */
export async function answerOf<R extends ClientResponse<unknown, number>>(
  asked: Promise<R>,
): Promise<Answered<R>> {
  // Only successes are left, and their types are those of the kernel's own schemas.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (await bodyOf(await asked)) as Answered<R>;
}

async function bodyOf(response: Pick<Response, 'ok' | 'status' | 'text'>): Promise<unknown> {
  const text = await response.text();
  const body: unknown = text === '' ? null : parse(text);
  if (response.ok) return body;
  if (response.status === 401) noteSignedOut();
  throw ApiError.of(response.status, body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
