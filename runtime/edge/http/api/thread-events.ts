import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import { NexusError } from '../../../base/errors.ts';
import { threadEventSchema } from '../../../contract/thread-events.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { failures } from './answers.ts';

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
  return new OpenAPIHono().openapi(eventsRoute, async (c) => {
    const id = c.req.valid('param').id;
    if ((await threads.get(scope, id)) === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
    const after = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').after;
    return streamSSE(c, async (stream) => {
      const gone = Promise.withResolvers<void>();
      stream.onAbort(gone.resolve);
      let unwritten = 0;
      const write = (event: string, data: unknown, eventId?: string): void => {
        if (++unwritten > mostUnwritten) return gone.resolve();
        const message = {
          event,
          data: JSON.stringify(data),
          ...(eventId === undefined ? {} : { id: eventId }),
        };
        stream.writeSSE(message).then(() => unwritten--, gone.resolve);
      };
      const stop = await feed.follow(scope, id, after, {
        onSnapshot: ({ id: eventId, messages, partial }) =>
          write('reset', { thread: id, messages, partial }, eventId),
        onEvent: ({ id: eventId, event, message }) => write(event.type, { message, ...event }, eventId),
      });
      const beat = setInterval(() => write('ping', {}), heartbeatMs);
      await gone.promise;
      clearInterval(beat);
      stop();
    });
  });
}
