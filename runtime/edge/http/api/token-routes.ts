import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { madeTokenSchema, newTokenSchema, tokenSchema } from '../../../contract/access.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/tokens',
  summary: 'API tokens, the latest first; the one in the data directory is not among them',
  responses: { 200: answers(z.array(tokenSchema), 'Tokens'), ...failures },
});
const makeRoute = createRoute({
  method: 'post',
  path: '/api/tokens',
  summary: 'Makes an API token, shown this once',
  request: { body: { required: true, ...jsonBody(newTokenSchema) } },
  responses: { 201: answers(madeTokenSchema, 'The token'), ...failures },
});
const removeRoute = createRoute({
  method: 'delete',
  path: '/api/tokens/{id}',
  summary: 'Ends an API token at once',
  request: { params: z.object({ id: z.string() }) },
  responses: { 204: { description: 'Done' }, ...failures },
});

/** Tokens for programs. */
export function tokenRoutes({ access }: Kernel) {
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => c.json(await access.tokens(), 200))
    .openapi(makeRoute, async (c) => c.json(await access.makeToken(c.req.valid('json')), 201))
    .openapi(removeRoute, async (c) => {
      await access.removeToken(c.req.valid('param').id);
      return c.body(null, 204);
    });
}
