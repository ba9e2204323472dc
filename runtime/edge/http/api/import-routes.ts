import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import {
  dependenciesSchema,
  importOutcomeSchema,
  importPlanSchema,
  importRequestSchema,
  removalSchema,
  type ImportOutcome,
  type ImportRequest,
  type ImportWork,
} from '../../../contract/import.ts';
import type { Scope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { answers, describeProblems, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';
import { bundleUpload } from './bundle-upload.ts';
import { followed } from './followed.ts';
import { inLines, inLinesHint } from './long-answer.ts';

const asked = { body: { required: true, ...jsonBody(importRequestSchema) } };
const byName = z.object({ name: z.string() });
const planRoute = createRoute({
  method: 'post',
  path: '/api/plugins/plan',
  summary: 'What an import would do: exact command, permissions, settings, warnings. Writes nothing',
  description: inLinesHint,
  request: asked,
  responses: { 200: answers(importPlanSchema, 'The plan'), ...failures },
});
const importRoute = createRoute({
  method: 'post',
  path: '/api/plugins/import',
  summary: 'Imports plugins with the least permissions; nothing of them runs before they are approved',
  description: inLinesHint,
  request: asked,
  responses: { 200: answers(importOutcomeSchema, 'What was done'), ...failures },
});
const installRoute = createRoute({
  method: 'post',
  path: '/api/plugins/{name}/install-deps',
  summary: 'Installs the packages its package.json names, without install scripts',
  description: inLinesHint,
  request: { params: byName },
  responses: { 200: answers(dependenciesSchema, 'What was installed'), ...failures },
});
const removeRoute = createRoute({
  method: 'delete',
  path: '/api/plugins/{name}',
  summary: 'Removes a plugin with its settings and what was agreed to',
  request: {
    params: byName,
    query: z.object({
      purge: z.enum(['true', 'false']).default('false').describe('Its data and unused bundles too'),
    }),
  },
  responses: { 200: answers(removalSchema, 'What was removed, and what was kept'), ...failures },
});

export function importRoutes(kernel: Kernel) {
  const works = worksOf(kernel);
  const app = new OpenAPIHono<RequestEnv>();
  app.post(
    '/api/plugins',
    bundleUpload((c, request, work) => works.install(scopeOf(c), request, work)),
  );
  app.post(
    planRoute.path,
    inLines(kernel.log, async (c, work) => works.plan(await readRequest(c), work)),
  );
  app.post(
    importRoute.path,
    inLines(kernel.log, async (c, work) => works.install(scopeOf(c), await readRequest(c), work)),
  );
  app.post(
    installRoute.getRoutingPath(),
    inLines(kernel.log, (c, work) => works.dependencies(c.req.param('name') ?? '', work)),
  );
  return app
    .openapi(planRoute, async (c) =>
      c.json(await works.plan(c.req.valid('json'), { signal: c.req.raw.signal }), 200),
    )
    .openapi(importRoute, async (c) =>
      c.json(await works.install(scopeOf(c), c.req.valid('json'), { signal: c.req.raw.signal }), 200),
    )
    .openapi(installRoute, async (c) =>
      c.json(await works.dependencies(c.req.valid('param').name, { signal: c.req.raw.signal }), 200),
    )
    .openapi(removeRoute, async (c) => {
      const { name } = c.req.valid('param');
      const removal = await kernel.imports.remove(scopeOf(c), name, c.req.valid('query').purge === 'true');
      await followed(kernel, name, (status) => status === undefined);
      return c.json(removal, 200);
    });
}

function worksOf(kernel: Kernel) {
  const { imports, host } = kernel;
  return {
    plan: (request: ImportRequest, work: ImportWork) => imports.plan(request, work),
    async install(scope: Scope, request: ImportRequest, work: ImportWork): Promise<ImportOutcome> {
      const done = await imports.install(scope, request, work);
      const added = done.plugins.filter(({ outcome }) => outcome === 'added');
      await Promise.all(added.map(({ name }) => followed(kernel, name, (status) => status !== undefined)));
      return done;
    },
    async dependencies(plugin: string, work: ImportWork) {
      const done = await imports.installDependencies(plugin, work);
      if (done.packages.length > 0 && host.view(plugin) !== undefined) await host.restart(plugin);
      return done;
    },
  };
}

async function readRequest(c: Context): Promise<ImportRequest> {
  const body: unknown = await c.req.json();
  const parsed = importRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new NexusError('REQUEST_INVALID', { problem: describeProblems(parsed.error) });
}
