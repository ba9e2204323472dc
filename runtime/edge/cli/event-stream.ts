import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { errorOf } from './kernel-error.ts';

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface EventSource {
  readonly url: URL;
  readonly token: string;
  /** Id of the last event that is known already. */
  readonly after: string;
}

const mostAttempts = 10;
const betweenAttemptsMs = 500;

/**
 * Server-sent events of the kernel (HTML, 9.2), from the one after `after`. A connection that breaks is taken up where it
 * broke. Ends when the caller stops reading or says so; throws when the kernel cannot be reached, or refuses, ten times
 * in a row.
 */
export async function* readEvents(
  { url, token, after }: EventSource,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<ServerEvent> {
  let last = after;
  for (let attempt = 1; ; attempt++) {
    try {
      using response = await open(url, token, last, signal);
      for await (const { id, ...event } of eventsOf(response)) {
        attempt = 0;
        if (id !== undefined) last = id;
        yield event;
      }
    } catch (error) {
      if (attempt >= mostAttempts) throw error;
    }
    if (signal.aborted) return;
    await wait(betweenAttemptsMs);
  }
}

/** Whoever stops reading hangs up. */
function open(
  url: URL,
  token: string,
  last: string,
  signal: AbortSignal,
): Promise<IncomingMessage & Disposable> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage & Disposable>();
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'last-event-id': last };
  const sent = get(url, { headers, agent: false, signal }, (response) => {
    const disposable = Object.assign(response, { [Symbol.dispose]: () => response.destroy() });
    if (response.statusCode === 200) resolve(disposable);
    else {
      const { statusCode = 0 } = response;
      json(response).then((answer) => reject(errorOf(answer, statusCode)), reject);
    }
  });
  sent.on('error', reject);
  return promise;
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<ServerEvent & { readonly id?: string }> {
  let fields: Record<string, string> = {};
  for await (const line of createInterface({ input: response })) {
    if (line === '') {
      const { event = 'message', data, id } = fields;
      fields = {};
      if (data !== undefined) yield { event, data: JSON.parse(data), ...(id === undefined ? {} : { id }) };
      continue;
    }
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    fields[name] = name === 'data' && fields['data'] !== undefined ? `${fields['data']}\n${value}` : value;
  }
}
