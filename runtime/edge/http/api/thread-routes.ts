import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { NexusError } from '../../../base/errors.ts';
import {
  messageQuerySchema,
  newMessageSchema,
  newThreadSchema,
  sentSchema,
  threadChangeSchema,
  threadQuerySchema,
} from '../../../contract/chat-api.ts';
import { defaultAssistant } from '../../../contract/assistants.ts';
import { operatorScope } from '../../../contract/scope.ts';
import { messageSchema, threadSchema, type Thread } from '../../../contract/threads.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';

const scope = operatorScope('token');

const byId = { params: z.object({ id: z.string() }) };
const done = { 204: { description: 'Done' }, ...failures };

const listRoute = createRoute({
  method: 'get',
  path: '/api/threads',
  summary: 'Threads, the latest first',
  request: { query: threadQuerySchema },
  responses: { 200: answers(z.array(threadSchema), 'Threads'), ...failures },
});
const createThreadRoute = createRoute({
  method: 'post',
  path: '/api/threads',
  summary: 'Begins a thread, also with what is said in it first',
  request: { body: { required: true, ...jsonBody(newThreadSchema) } },
  responses: { 201: answers(threadSchema, 'The thread'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/threads/{id}',
  summary: 'One thread',
  request: byId,
  responses: { 200: answers(threadSchema, 'The thread'), ...failures },
});
const changeRoute = createRoute({
  method: 'patch',
  path: '/api/threads/{id}',
  summary: 'Changes title, model or assistant',
  request: { ...byId, body: { required: true, ...jsonBody(threadChangeSchema) } },
  responses: { 200: answers(threadSchema, 'The thread after it'), ...failures },
});
const deleteRoute = createRoute({
  method: 'delete',
  path: '/api/threads/{id}',
  summary: 'Puts a thread into the trash, where it stays until it is purged',
  request: byId,
  responses: done,
});
const restoreRoute = createRoute({
  method: 'post',
  path: '/api/threads/{id}/restore',
  summary: 'Takes a thread out of the trash',
  request: byId,
  responses: done,
});
const messagesRoute = createRoute({
  method: 'get',
  path: '/api/threads/{id}/messages',
  summary: 'Messages of a thread, oldest first; the latest page when "before" is absent',
  request: { ...byId, query: messageQuerySchema },
  responses: { 200: answers(z.array(messageSchema), 'Messages'), ...failures },
});
const sendRoute = createRoute({
  method: 'post',
  path: '/api/threads/{id}/messages',
  summary: 'Says something: a turn begins, or the one under way is told',
  request: { ...byId, body: { required: true, ...jsonBody(newMessageSchema) } },
  responses: { 202: answers(sentSchema, 'What was put on record'), ...failures },
});
const cancelRoute = createRoute({
  method: 'post',
  path: '/api/executions/{id}/cancel',
  summary: 'Ends a turn and the sub-agents of its thread; what they did is kept',
  request: byId,
  responses: done,
});

async function threadOf({ agent }: Kernel, id: string): Promise<Thread> {
  const thread = await agent.threads.get(scope, id);
  if (thread === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
  return thread;
}

async function begin(
  { agent: { threads, turns, persona } }: Kernel,
  { assistant: asked = defaultAssistant, model, content }: z.infer<typeof newThreadSchema>,
): Promise<Thread> {
  const { name: assistant } = await persona.assistants.get(scope, asked);
  if (content === undefined) return await threads.create(scope, { assistant, model });
  return await turns.begin(scope, { assistant, model }, content);
}

async function change(
  { agent: { threads, persona } }: Kernel,
  id: string,
  { title, model, assistant }: z.infer<typeof threadChangeSchema>,
): Promise<void> {
  if (assistant !== undefined) {
    const { name } = await persona.assistants.get(scope, assistant);
    await threads.assign(scope, id, name);
  }
  await threads.update(scope, id, {
    ...(title !== undefined && { title }),
    ...(model !== undefined && { model }),
  });
}

export function threadRoutes(kernel: Kernel) {
  const { threads, turns, feed, persona } = kernel.agent;
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => {
      const { deleted, search, before, limit } = c.req.valid('query');
      const query = {
        limit,
        deleted: deleted === 'true',
        ...(search === undefined ? {} : { search }),
        ...(before === undefined ? {} : { before }),
      };
      return c.json([...(await threads.list(scope, query))], 200);
    })
    .openapi(createThreadRoute, async (c) => c.json(await begin(kernel, c.req.valid('json')), 201))
    .openapi(getRoute, async (c) => c.json(await threadOf(kernel, c.req.valid('param').id), 200))
    .openapi(changeRoute, async (c) => {
      const { id } = c.req.valid('param');
      await change(kernel, id, c.req.valid('json'));
      return c.json(await threadOf(kernel, id), 200);
    })
    .openapi(deleteRoute, async (c) => {
      const { id } = c.req.valid('param');
      await threads.setDeleted(scope, id, true);
      await persona.subAgents.cancelThread(scope, id);
      return c.body(null, 204);
    })
    .openapi(restoreRoute, async (c) => {
      await threads.setDeleted(scope, c.req.valid('param').id, false);
      return c.body(null, 204);
    })
    .openapi(messagesRoute, async (c) => {
      const { before, deleted, pinned, limit } = c.req.valid('query');
      const which = { deleted: deleted === 'true', pinned: pinned === 'true' };
      const query = { ...which, limit, ...(before === undefined ? {} : { before }) };
      return c.json([...(await threads.messages(scope, c.req.valid('param').id, query))], 200);
    })
    .openapi(sendRoute, async (c) => {
      const { id } = c.req.valid('param');
      const { content, steer } = c.req.valid('json');
      await threadOf(kernel, id);
      const lastEvent = feed.last(id);
      const texts = content.flatMap((block) => (block.type === 'text' ? block.text : []));
      const isText = texts.length === content.length;
      if (steer && isText && (await turns.steer(scope, id, texts.join('\n')))) {
        return c.json({ execution: null, message: null, answer: null, lastEvent }, 202);
      }
      return c.json({ ...(await turns.send(scope, id, content)), lastEvent }, 202);
    })
    .openapi(cancelRoute, async (c) => {
      await persona.subAgents.cancel(scope, c.req.valid('param').id);
      return c.body(null, 204);
    });
}
