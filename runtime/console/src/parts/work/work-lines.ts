import { ApiError, isRecord, unreachable } from '../../api/api-error.ts';
import { csrfHeader, csrfToken } from '../../api/csrf.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: string) => void;
}

/**
 * Asks for work that takes long: each line of the answer is progress but the last, which is the result or an error.
 * Gives back the result; rejects with an ApiError. The work ends when `signal` is aborted.
 */
export async function askForWork(
  path: string,
  body: unknown,
  { signal, onProgress }: Work,
): Promise<unknown> {
  const response = await post(path, body, signal);
  if (!response.ok || response.body === null) throw ApiError.of(response.status, await bodyOf(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const told: unknown = JSON.parse(line);
      if (!isRecord(told)) continue;
      if (typeof told['progress'] === 'string') onProgress(told['progress']);
      else if ('result' in told) return told['result'];
      else throw ApiError.of(200, told);
    }
    if (done) throw unreachable(new Error('the answer ended early'));
  }
}

async function post(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/x-ndjson',
    [csrfHeader]: csrfToken(),
  };
  try {
    return await fetch(path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw unreachable(error);
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  return await response.json().catch(() => null);
}
