import { OpenAPIHono } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import { NexusError } from '../../../base/errors.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';

/** An event stream that says nothing is closed by proxies; in milliseconds. */
const heartbeatMs = 15_000;
/** A client that reads so much slower than it is told is hung up on, and takes up where it was. */
const mostUnwritten = 10_000;
const scope = operatorScope('token');

/**
 * `GET /api/threads/{id}/events`: what happens in a thread, as server-sent events. With Last-Event-ID (or ?after=) it goes
 * on after that event; else, or when that event is not known any more, it begins with a `reset`: messages as they are
 * stored and what the answer under way has said since, after which nothing is missing and nothing comes twice.
 */
export function threadEventRoutes(kernel: Kernel) {
  const { feed, threads } = kernel.agent;
  return new OpenAPIHono().get('/api/threads/:id/events', async (c) => {
    const id = c.req.param('id');
    if ((await threads.get(scope, id)) === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
    const after = c.req.header('last-event-id') ?? c.req.query('after');
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
