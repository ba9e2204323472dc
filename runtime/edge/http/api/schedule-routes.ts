import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { armSchema, newScheduleSchema, scheduleViewSchema } from '../../../contract/schedules.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

const scope = operatorScope('token');
const byId = { params: z.object({ id: z.string() }) };
const after = { 200: answers(scheduleViewSchema, 'The schedule after it'), ...failures };

const listRoute = createRoute({
  method: 'get',
  path: '/api/schedules',
  summary: 'Schedules, newest first',
  responses: { 200: answers(z.array(scheduleViewSchema), 'Schedules'), ...failures },
});
const proposeRoute = createRoute({
  method: 'post',
  path: '/api/schedules',
  summary:
    'Proposes a schedule: "when" may be words, which a model turns into cron; it fires only when it is armed',
  request: { body: { required: true, ...jsonBody(newScheduleSchema) } },
  responses: {
    201: answers(scheduleViewSchema, 'What was proposed, in words and with its firings'),
    ...failures,
  },
});
const armRoute = createRoute({
  method: 'post',
  path: '/api/schedules/{id}/arm',
  summary: 'Lets a schedule fire, by a person who has read what it says in words',
  request: { ...byId, body: { required: true, ...jsonBody(armSchema) } },
  responses: after,
});
const pauseRoute = createRoute({
  method: 'post',
  path: '/api/schedules/{id}/pause',
  summary: 'Keeps a schedule from firing until it is armed again',
  request: byId,
  responses: after,
});
const removeRoute = createRoute({
  method: 'delete',
  path: '/api/schedules/{id}',
  summary: 'Removes a schedule; what it did stays on record',
  request: byId,
  responses: after,
});

export function scheduleRoutes({ schedules }: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) => c.json([...(await schedules.list(scope))], 200))
    .openapi(proposeRoute, async (c) => c.json(await schedules.propose(scopeOf(c), c.req.valid('json')), 201))
    .openapi(armRoute, async (c) => {
      const { id } = c.req.valid('param');
      return c.json(await schedules.arm(scopeOf(c), id, c.req.valid('json').words), 200);
    })
    .openapi(pauseRoute, async (c) =>
      c.json(await schedules.change(scope, c.req.valid('param').id, 'pause'), 200),
    )
    .openapi(removeRoute, async (c) =>
      c.json(await schedules.change(scope, c.req.valid('param').id, 'remove'), 200),
    );
}
