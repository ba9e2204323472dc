import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { approvalAnswerSchema, approvalSchema, approvalStateSchema } from '../../../contract/approvals.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';

const scope = operatorScope('token');

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
const answerRoute = createRoute({
  method: 'post',
  path: '/api/approvals/{id}',
  summary: 'Answers a question; the first answer counts',
  request: {
    params: z.object({ id: z.string() }),
    body: { required: true, ...jsonBody(approvalAnswerSchema) },
  },
  responses: { 200: answers(approvalSchema, 'The approval after it'), ...failures },
});

export function approvalRoutes({ agent }: Kernel) {
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => {
      const { state, limit } = c.req.valid('query');
      const query = { limit, ...(state === undefined ? {} : { state }) };
      return c.json([...(await agent.approvals.list(scope, query))], 200);
    })
    .openapi(answerRoute, async (c) => {
      const { decision, args, reason } = c.req.valid('json');
      const answer = {
        decision,
        ...(args === undefined ? {} : { args }),
        ...(reason === undefined ? {} : { reason }),
      };
      return c.json(await agent.approvals.answer(scope, c.req.valid('param').id, answer), 200);
    });
}
