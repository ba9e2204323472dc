import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { NexusError } from '../../../base/errors.ts';
import {
  memoryFileQuerySchema,
  memoryFileSchema,
  memoryFileTrustSchema,
  memoryQuerySchema,
  memorySchema,
  newMemorySchema,
  writtenFileSchema,
} from '../../../contract/memories.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

const scope = operatorScope('token');
const mostShown = 1_000_000;
const byId = { params: z.object({ id: z.string() }) };
const one = { 200: answers(memorySchema, 'The memory after it'), ...failures };
const file = { 200: answers(memoryFileSchema, 'The file'), ...failures };

const listRoute = createRoute({
  method: 'get',
  path: '/api/memories',
  summary: 'What assistants keep in mind, newest first; by relevance where words are searched',
  request: { query: memoryQuerySchema },
  responses: { 200: answers(z.array(memorySchema), 'Memories'), ...failures },
});
const addRoute = createRoute({
  method: 'post',
  path: '/api/memories',
  summary: 'Has assistants keep something in mind; a person stands behind it',
  request: { body: { required: true, ...jsonBody(newMemorySchema) } },
  responses: { 201: answers(memorySchema, 'The memory'), ...failures },
});
const fileRoute = createRoute({
  method: 'get',
  path: '/api/memories/file',
  summary: 'A file of the workspace such as MEMORY.md, and whether a person vouched for its content',
  request: { query: memoryFileQuerySchema },
  responses: file,
});
const trustRoute = createRoute({
  method: 'post',
  path: '/api/memories/file/trust',
  summary: 'Vouches for the content of a file, which then counts as instructions until it changes',
  request: { body: { required: true, ...jsonBody(memoryFileTrustSchema) } },
  responses: file,
});
const writeRoute = createRoute({
  method: 'put',
  path: '/api/memories/file',
  summary: 'Writes such a file; a person stands behind it',
  request: { body: { required: true, ...jsonBody(writtenFileSchema) } },
  responses: file,
});
const approveRoute = createRoute({
  method: 'post',
  path: '/api/memories/{id}/approve',
  summary: 'Vouches for a memory, which then counts as an instruction',
  request: byId,
  responses: one,
});
const deleteRoute = createRoute({
  method: 'delete',
  path: '/api/memories/{id}',
  summary: 'Puts a memory into the trash, where it stays until it is purged',
  request: byId,
  responses: one,
});
const restoreRoute = createRoute({
  method: 'post',
  path: '/api/memories/{id}/restore',
  summary: 'Takes a memory out of the trash',
  request: byId,
  responses: one,
});

async function fileAt({ agent }: Kernel, path: string): Promise<z.infer<typeof memoryFileSchema>> {
  const { files, memories } = agent.persona;
  const found = await files.read(path, mostShown);
  if (found === null) throw new NexusError('MEMORY_FILE_CHANGED', { path });
  return { path, ...found, trusted: await memories.isTrusted(scope, path, found.sha256) };
}

export function memoryRoutes(kernel: Kernel) {
  const { memories } = kernel.agent.persona;
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) => c.json([...(await memories.list(scope, c.req.valid('query')))], 200))
    .openapi(addRoute, async (c) => c.json(await memories.add(scopeOf(c), c.req.valid('json')), 201))
    .openapi(fileRoute, async (c) => c.json(await fileAt(kernel, c.req.valid('query').path), 200))
    .openapi(trustRoute, async (c) => {
      const { path, sha256 } = c.req.valid('json');
      const seen = await fileAt(kernel, path);
      if (seen.sha256 !== sha256) throw new NexusError('MEMORY_FILE_CHANGED', { path });
      await memories.trust(scopeOf(c), path, sha256);
      return c.json({ ...seen, trusted: true }, 200);
    })
    .openapi(writeRoute, async (c) => {
      const { path, text, sha256 } = c.req.valid('json');
      const { files } = kernel.agent.persona;
      const seen = await files.read(path, mostShown);
      if ((seen?.sha256 ?? null) !== sha256) throw new NexusError('MEMORY_FILE_CHANGED', { path });
      await memories.trust(scopeOf(c), path, await files.replace(path, text));
      return c.json(await fileAt(kernel, path), 200);
    })
    .openapi(approveRoute, async (c) =>
      c.json(await memories.approve(scopeOf(c), c.req.valid('param').id), 200),
    )
    .openapi(deleteRoute, async (c) =>
      c.json(await memories.setDeleted(scope, c.req.valid('param').id, true), 200),
    )
    .openapi(restoreRoute, async (c) =>
      c.json(await memories.setDeleted(scope, c.req.valid('param').id, false), 200),
    );
}
