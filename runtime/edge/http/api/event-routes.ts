import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { changeSchema } from '../../../contract/changes.ts';
import type { Kernel } from '../../../index.ts';
import { failures } from './answers.ts';
import { eventStream } from './event-stream.ts';
import type { RequestEnv } from './request-source.ts';

const eventsRoute = createRoute({
  method: 'get',
  path: '/api/events',
  summary:
    'What changes, as server-sent events without a name; who connects anew reads again what it shows. A browser needs one stream for all its tabs',
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: changeSchema } } },
    ...failures,
  },
});

/** The one live stream of everything that changes. */
export function eventRoutes({ changes }: Kernel) {
  return new OpenAPIHono<RequestEnv>().openapi(eventsRoute, (c) =>
    eventStream(c, (send) =>
      changes.listen((told) => {
        for (const change of told) send(change);
      }),
    ),
  );
}
