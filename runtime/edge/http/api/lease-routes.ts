import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  leaseGrantSchema,
  leasePreviewRequestSchema,
  leasePreviewSchema,
  leaseSchema,
} from '../../../contract/leases.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

const newLeaseSchema = leaseGrantSchema.extend({ tool: z.string().describe('Public name') });

const listRoute = createRoute({
  method: 'get',
  path: '/api/leases',
  summary: 'What was allowed beforehand, newest first',
  request: {
    query: z.object({
      all: z.enum(['true', 'false']).default('false').describe('With those that cover nothing any more'),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
  },
  responses: { 200: answers(z.array(leaseSchema), 'Leases'), ...failures },
});
const grantRoute = createRoute({
  method: 'post',
  path: '/api/leases',
  summary: 'Allows runs of a tool beforehand; without rules only those without arguments',
  request: { body: { required: true, ...jsonBody(newLeaseSchema) } },
  responses: { 201: answers(leaseSchema, 'The lease'), ...failures },
});
const revokeRoute = createRoute({
  method: 'delete',
  path: '/api/leases/{id}',
  summary: 'Takes a lease back; runs it has let pass go on',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: answers(leaseSchema, 'The lease after it'), ...failures },
});
const previewRoute = createRoute({
  method: 'post',
  path: '/api/leases/preview',
  summary: 'Which of the last 200 runs of a tool rules would have covered',
  request: { body: { required: true, ...jsonBody(leasePreviewRequestSchema) } },
  responses: { 200: answers(leasePreviewSchema, 'A verdict for each run'), ...failures },
});

export function leaseRoutes({ agent: { leases } }: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) => {
      const { all, limit } = c.req.valid('query');
      const query = { all: all === 'true', limit };
      return c.json([...(await leases.list(scopeOf(c), query))], 200);
    })
    .openapi(grantRoute, async (c) => {
      const { tool, ...grant } = c.req.valid('json');
      return c.json(await leases.grant(scopeOf(c), tool, grant), 201);
    })
    .openapi(revokeRoute, async (c) => c.json(await leases.revoke(scopeOf(c), c.req.valid('param').id), 200))
    .openapi(previewRoute, async (c) => {
      const { tool, arguments: rules } = c.req.valid('json');
      return c.json(await leases.preview(scopeOf(c), tool, rules), 200);
    });
}
