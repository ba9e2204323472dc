import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { assistantListSchema, assistantVersionSchema } from '../../../contract/assistants.ts';
import {
  contextDraftSchema,
  contextPreviewSchema,
  contextQuerySchema,
  pinSchema,
} from '../../../contract/context.ts';
import { operatorScope } from '../../../contract/scope.ts';
import { subAgentSchema } from '../../../contract/sub-agents.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';

const scope = operatorScope('token');
const byName = { params: z.object({ name: z.string() }) };
const byId = { params: z.object({ id: z.string() }) };
const pins = { 200: answers(z.array(pinSchema), 'What is pinned'), ...failures };

const listRoute = createRoute({
  method: 'get',
  path: '/api/assistants',
  summary: 'The assistants there are, and packages of them that cannot be read',
  responses: { 200: answers(assistantListSchema, 'Assistants'), ...failures },
});
const reloadRoute = createRoute({
  method: 'post',
  path: '/api/assistants/reload',
  summary: 'Reads the packages of assistants anew',
  responses: { 200: answers(assistantListSchema, 'Assistants'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/assistants/{name}',
  summary: 'One assistant',
  request: byName,
  responses: { 200: answers(assistantVersionSchema, 'The assistant'), ...failures },
});
const versionsRoute = createRoute({
  method: 'get',
  path: '/api/assistants/{name}/versions',
  summary: 'Every definition of an assistant that was ever in force, newest first',
  request: byName,
  responses: { 200: answers(z.array(assistantVersionSchema), 'Versions'), ...failures },
});
const previewRoute = createRoute({
  method: 'get',
  path: '/api/context/preview',
  summary: 'What would be told to a model now, part by part, with estimates of its tokens',
  request: { query: contextQuerySchema },
  responses: { 200: answers(contextPreviewSchema, 'The preview'), ...failures },
});
const draftRoute = createRoute({
  method: 'post',
  path: '/api/context/preview',
  summary: 'The same with a persona that is not saved yet',
  request: { body: { required: true, ...jsonBody(contextDraftSchema) } },
  responses: { 200: answers(contextPreviewSchema, 'The preview'), ...failures },
});
const subAgentsRoute = createRoute({
  method: 'get',
  path: '/api/threads/{id}/sub-agents',
  summary: 'The sub-agents that work or worked for a thread, newest first',
  request: byId,
  responses: { 200: answers(z.array(subAgentSchema), 'Sub-agents'), ...failures },
});
const pinsRoute = createRoute({
  method: 'get',
  path: '/api/threads/{id}/pins',
  summary: 'What is told in a thread always',
  request: byId,
  responses: pins,
});
const pinRoute = createRoute({
  method: 'post',
  path: '/api/threads/{id}/pins',
  summary: 'Pins a memory, a skill or a file of the workspace to a thread',
  request: { ...byId, body: { required: true, ...jsonBody(pinSchema) } },
  responses: pins,
});
const unpinRoute = createRoute({
  method: 'delete',
  path: '/api/threads/{id}/pins',
  summary: 'Takes a pin off a thread',
  request: { ...byId, query: pinSchema },
  responses: pins,
});

export function personaRoutes({ agent }: Kernel) {
  const { assistants, pins: pinned, subAgents, preview } = agent.persona;
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => c.json(await assistants.list(scope), 200))
    .openapi(reloadRoute, async (c) => {
      assistants.reload();
      return c.json(await assistants.list(scope), 200);
    })
    .openapi(getRoute, async (c) => c.json(await assistants.get(scope, c.req.valid('param').name), 200))
    .openapi(versionsRoute, async (c) =>
      c.json([...(await assistants.versions(scope, c.req.valid('param').name))], 200),
    )
    .openapi(previewRoute, async (c) => c.json(await preview(scope, c.req.valid('query')), 200))
    .openapi(draftRoute, async (c) => c.json(await preview(scope, c.req.valid('json')), 200))
    .openapi(subAgentsRoute, async (c) =>
      c.json([...(await subAgents.below(scope, c.req.valid('param').id))], 200),
    )
    .openapi(pinsRoute, async (c) => c.json([...(await pinned.list(scope, c.req.valid('param').id))], 200))
    .openapi(pinRoute, async (c) => {
      const { id } = c.req.valid('param');
      await pinned.add(scope, id, c.req.valid('json'));
      return c.json([...(await pinned.list(scope, id))], 200);
    })
    .openapi(unpinRoute, async (c) => {
      const { id } = c.req.valid('param');
      await pinned.remove(scope, id, c.req.valid('query'));
      return c.json([...(await pinned.list(scope, id))], 200);
    });
}
