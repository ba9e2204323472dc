import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { create as asAttachment } from 'content-disposition';
import { stream } from 'hono/streaming';
import { NexusError } from '../../../base/errors.ts';
import {
  exportQuerySchema,
  pinSchema,
  purgedSchema,
  purgeSchema,
  resendSchema,
  sentSchema,
} from '../../../contract/chat-api.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { cleanName } from '../uploads/clean-name.ts';
import { answers, failures, jsonBody } from './answers.ts';

const dayMs = 86_400_000;
const scope = operatorScope('token');
const byMessage = { params: z.object({ id: z.string(), message: z.string() }) };

const resendRoute = createRoute({
  method: 'post',
  path: '/api/threads/{id}/messages/{message}/resend',
  summary:
    'Says a message again, edited or as it was: it and all after it go to the trash, and a turn begins',
  request: { ...byMessage, body: { required: true, ...jsonBody(resendSchema) } },
  responses: { 202: answers(sentSchema, 'What was put on record'), ...failures },
});
const pinRoute = createRoute({
  method: 'put',
  path: '/api/threads/{id}/messages/{message}/pin',
  summary:
    'Pins a message, so that models are told it word for word however long the thread grows, or unpins it',
  request: { ...byMessage, body: { required: true, ...jsonBody(pinSchema) } },
  responses: { 204: { description: 'Done' }, ...failures },
});
const exportRoute = createRoute({
  method: 'get',
  path: '/api/threads/{id}/export',
  summary: 'The whole thread as a file',
  request: { params: z.object({ id: z.string() }), query: exportQuerySchema },
  responses: {
    200: {
      description: 'The file',
      content: { 'text/markdown': { schema: z.string() }, 'application/json': { schema: z.unknown() } },
    },
    ...failures,
  },
});
const purgeRoute = createRoute({
  method: 'post',
  path: '/api/purge',
  summary: 'Deletes for good what is in the trash',
  request: { body: { required: true, ...jsonBody(purgeSchema) } },
  responses: { 200: answers(purgedSchema, 'How much went'), ...failures },
});

export function messageRoutes(kernel: Kernel) {
  const { threads, turns, feed } = kernel.agent;
  return new OpenAPIHono()
    .openapi(resendRoute, async (c) => {
      const { id, message } = c.req.valid('param');
      const lastEvent = feed.last(id);
      return c.json(
        { ...(await turns.resend(scope, id, message, c.req.valid('json').content)), lastEvent },
        202,
      );
    })
    .openapi(pinRoute, async (c) => {
      const { id, message } = c.req.valid('param');
      await threads.pin(scope, id, message, c.req.valid('json').pinned);
      return c.body(null, 204);
    })
    .openapi(exportRoute, async (c) => {
      const { id } = c.req.valid('param');
      const { format } = c.req.valid('query');
      const thread = await threads.get(scope, id);
      if (thread === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
      const isJson = format === 'json';
      c.header('content-type', isJson ? 'application/json; charset=utf-8' : 'text/markdown; charset=utf-8');
      // A title is no path.
      const name = cleanName((thread.title ?? '').replaceAll(/[/\\]/g, ' '), `thread ${id}`);
      c.header('content-disposition', asAttachment(`${name}.${isJson ? 'json' : 'md'}`));
      const pieces = kernel.agent.exported(scope, thread, format);
      return stream(c, async (out) => {
        for await (const piece of pieces) await out.write(piece);
      });
    })
    .openapi(purgeRoute, async (c) => {
      const { chunk, olderThanDays, of, threads: only } = c.req.valid('json');
      const { signal } = c.req.raw;
      const olderThanMs = olderThanDays * dayMs;
      const { memories } = kernel.agent.persona;
      let purged = 0;
      if (of !== 'memories') purged += await threads.purge(scope, olderThanMs, chunk, signal, only);
      if (of !== 'threads' && only === undefined)
        purged += await memories.purge(scope, olderThanMs, chunk, signal);
      return c.json({ purged }, 200);
    });
}
