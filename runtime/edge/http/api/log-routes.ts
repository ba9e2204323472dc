import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { logEntrySchema, logFilterSchema, logPageSchema, logQuerySchema } from '../../../contract/logs.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures } from './answers.ts';
import { byteStream } from './byte-stream.ts';
import { eventStream } from './event-stream.ts';
import type { RequestEnv } from './request-source.ts';

const pageRoute = createRoute({
  method: 'get',
  path: '/api/logs',
  summary: 'What the kernel and its plugins said, newest first',
  request: { query: logQuerySchema },
  responses: { 200: answers(logPageSchema, 'A page'), ...failures },
});
const streamRoute = createRoute({
  method: 'get',
  path: '/api/logs/stream',
  summary:
    'The same from now on, as server-sent events; {"type":"reset"} stands for lines that came too fast',
  request: { query: logFilterSchema },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: logEntrySchema } } },
    ...failures,
  },
});
const downloadRoute = createRoute({
  method: 'get',
  path: '/api/logs/download',
  summary: 'The whole log as a file of JSON lines, oldest first',
  responses: {
    200: { description: 'The file', content: { 'application/octet-stream': { schema: z.string() } } },
    ...failures,
  },
});

/** The log. */
export function logRoutes({ logs }: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(pageRoute, async (c) => c.json(await logs.page(c.req.valid('query')), 200))
    .openapi(streamRoute, (c) => {
      const filter = c.req.valid('query');
      return eventStream(c, (send) => logs.follow(filter, send));
    })
    .openapi(downloadRoute, (c) => {
      const headers = {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename="nexus.log.jsonl"',
      };
      return c.body(byteStream(logs.text()), 200, headers);
    });
}
