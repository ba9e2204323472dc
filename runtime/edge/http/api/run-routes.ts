import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import { runQuerySchema, runSchema, type Run } from '../../../contract/api.ts';
import type { RunQuery, RunRecord } from '../../../contract/runs.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures } from './answers.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/runs',
  summary: 'Tool runs, newest first',
  request: { query: runQuerySchema },
  responses: { 200: answers(z.array(runSchema), 'A page of runs'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/runs/{id}',
  summary: 'One tool run',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: answers(runSchema, 'The run'), ...failures },
});

export function runRoutes(kernel: Kernel) {
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => {
      const { plugin, tool, state, before, limit } = c.req.valid('query');
      const query: RunQuery = {
        limit,
        ...(plugin === undefined ? {} : { plugin }),
        ...(tool === undefined ? {} : { tool }),
        ...(state === undefined ? {} : { state }),
        ...(before === undefined ? {} : { before }),
      };
      const runs = await kernel.runs.list(operatorScope('token'), query);
      return c.json(runs.map(viewRun), 200);
    })
    .openapi(getRoute, async (c) => {
      const { id } = c.req.valid('param');
      const run = await kernel.runs.get(operatorScope('token'), id);
      if (run === null) throw new NexusError('RUN_UNKNOWN', { id });
      return c.json(viewRun(run), 200);
    });
}

function viewRun(run: RunRecord): Run {
  const { endedAt, startedAt, queuedAt } = run;
  return {
    ...run,
    durationMs: endedAt === null ? null : endedAt - (startedAt ?? queuedAt),
    args: parsed(run.args),
    result: parsed(run.result),
  };
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
