import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { NexusError } from '../../../base/errors.ts';
import { threadEventSchema } from '../../../contract/thread-events.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { failures } from './answers.ts';
import type { RequestEnv } from './request-source.ts';
import { takeStream } from './stream-share.ts';

/** An event stream that says nothing is closed by proxies; in milliseconds. */
const heartbeatMs = 15_000;
/** A client that reads so much slower than it is told is hung up on, and takes up where it was. */
const mostUnwritten = 10_000;
const scope = operatorScope('token');

const eventsRoute = createRoute({
  method: 'get',
  path: '/api/threads/{id}/events',
  summary:
    'What happens in a thread, as server-sent events that are named by their type; goes on after an event, or begins with a "reset" when that one is not known any more',
  request: {
    params: z.object({ id: z.string() }),
    headers: z.object({ 'last-event-id': z.string().optional() }),
    query: z.object({ after: z.string().optional().describe('For clients that cannot send a header') }),
  },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: threadEventSchema } } },
    ...failures,
  },
});

/**
 * What happens in a thread. After a `reset`, messages as they are stored and what the answer under way has said since,
 * nothing is missing and nothing comes twice.
 */
export function threadEventRoutes(kernel: Kernel) {
  const { feed, threads } = kernel.agent;
  return new OpenAPIHono<RequestEnv>().openapi(eventsRoute, async (c) => {
    const id = c.req.valid('param').id;
    if ((await threads.get(scope, id)) === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
    const after = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').after;
    const giveBack = takeStream(c);
    const gone = new AbortController();
    const { body, write } = eventBody(() => gone.abort());
    const stop = await feed
      .follow(scope, id, after, {
        onSnapshot: ({ id: eventId, messages, partial }) =>
          write('reset', { thread: id, messages, partial }, eventId),
        onEvent: ({ id: eventId, event, message }) => write(event.type, { message, ...event }, eventId),
      })
      .catch((error: unknown) => {
        giveBack();
        throw error;
      });
    const beat = setInterval(() => write('ping', {}), heartbeatMs);
    const end = (): void => {
      clearInterval(beat);
      giveBack();
      stop();
    };
    if (gone.signal.aborted) end();
    else gone.signal.addEventListener('abort', end, { once: true });
    // Of a known encoding, so that the server does not wait a moment for an end of the body.
    const headers = { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' };
    return new Response(body, { headers: { ...headers, 'cache-control': 'no-store' } });
  });
}

/**
 * Server-sent events with names and ids (HTML, 9.2). An event is on its way when `write` returns: of a chain of streams
 * every link let other work of the kernel go first, 1 ms of it before the first piece of an answer.
 */
function eventBody(onGone: () => void) {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const end = (): void => {
    controller = undefined;
    onGone();
  };
  const body = new ReadableStream<Uint8Array>(
    { start: (begun) => (controller = begun), cancel: end },
    new CountQueuingStrategy({ highWaterMark: mostUnwritten }),
  );
  const write = (event: string, data: unknown, id?: string): void => {
    if (controller === undefined) return;
    const idLine = id === undefined ? '' : `\nid: ${id}`;
    controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}${idLine}\n\n`));
    if ((controller.desiredSize ?? 0) > 0) return;
    controller.close();
    end();
  };
  return { body, write };
}
