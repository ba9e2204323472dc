import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { operatorScope } from '../../../contract/scope.ts';
import {
  acceptedHeadSchema,
  timelineEntrySchema,
  timelineHashSchema,
  timelineQuerySchema,
  verificationSchema,
} from '../../../contract/timeline.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

/** Entries verified between two turns of other work: about 2 ms. */
const chunk = 50;
const scope = operatorScope('token');

const listRoute = createRoute({
  method: 'get',
  path: '/api/timeline',
  summary: 'What happened, newest first: signals, directives, tool runs, approvals and changes of settings',
  request: { query: timelineQuerySchema },
  responses: { 200: answers(z.array(timelineEntrySchema), 'A page of the timeline'), ...failures },
});
const verifyRoute = createRoute({
  method: 'get',
  path: '/api/timeline/verify',
  summary: 'Recomputes the chain of the timeline and compares it with the records that are still there',
  request: {
    query: z.object({ head: timelineHashSchema.optional().describe('Hash of an entry that must be in it') }),
  },
  responses: { 200: answers(verificationSchema, 'What was found'), ...failures },
});

const acceptRoute = createRoute({
  method: 'post',
  path: '/api/timeline/accept',
  summary: 'Takes the timeline as it is for whole, when only the last entry that was kept is missing',
  request: { body: { required: true, ...jsonBody(acceptedHeadSchema) } },
  responses: { 200: answers(verificationSchema, 'What was accepted'), ...failures },
});

export function timelineRoutes({ work }: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(acceptRoute, async (c) => {
      await work.timeline.caughtUp();
      return c.json(await work.store.timeline.accept(scopeOf(c), c.req.valid('json'), chunk), 200);
    })
    .openapi(verifyRoute, async (c) => {
      await work.timeline.caughtUp();
      return c.json(await work.store.timeline.verify(c.req.valid('query').head, chunk), 200);
    })
    .openapi(listRoute, async (c) => {
      await work.timeline.caughtUp();
      return c.json([...(await work.store.timeline.list(scope, c.req.valid('query')))], 200);
    });
}
