import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { approvalAnswerSchema, approvalSchema, approvalStateSchema } from '../../../contract/approvals.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { leaseRoutes } from './lease-routes.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

const byId = { params: z.object({ id: z.string() }) };

const listRoute = createRoute({
  method: 'get',
  path: '/api/approvals',
  summary: 'Questions to people whether a call may be made, newest first',
  request: {
    query: z.object({
      state: approvalStateSchema.optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
  },
  responses: { 200: answers(z.array(approvalSchema), 'Approvals'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/approvals/{id}',
  summary: 'One question with everything it is about',
  request: byId,
  responses: { 200: answers(approvalSchema, 'The approval'), ...failures },
});
const answerRoute = createRoute({
  method: 'post',
  path: '/api/approvals/{id}',
  summary: 'Answers a question; the first answer counts',
  description:
    'With `args` it is allowed with those in place of what was asked for; with `lease` later runs are allowed too.',
  request: {
    ...byId,
    body: { required: true, ...jsonBody(approvalAnswerSchema) },
  },
  responses: { 200: answers(approvalSchema, 'The approval after it'), ...failures },
});

export function approvalRoutes(kernel: Kernel) {
  const { agent } = kernel;
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) => {
      const { state, limit } = c.req.valid('query');
      const query = { limit, ...(state === undefined ? {} : { state }) };
      return c.json([...(await agent.approvals.list(scopeOf(c), query))], 200);
    })
    .openapi(answerRoute, async (c) => {
      const { id } = c.req.valid('param');
      return c.json(await agent.approvals.answer(scopeOf(c), id, c.req.valid('json')), 200);
    })
    .openapi(getRoute, async (c) =>
      c.json(await agent.approvals.get(scopeOf(c), c.req.valid('param').id), 200),
    )
    .route('/', leaseRoutes(kernel));
}
