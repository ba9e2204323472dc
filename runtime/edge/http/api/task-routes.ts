import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { NexusError } from '../../../base/errors.ts';
import { reconcileSchema, runVerdictSchema } from '../../../contract/reconcile.ts';
import { operatorScope } from '../../../contract/scope.ts';
import { newSignalSchema, signalQuerySchema, signalSchema } from '../../../contract/signals.ts';
import {
  snoozeSchema,
  taskDetailSchema,
  taskQuerySchema,
  taskSchema,
  type TaskDetail,
} from '../../../contract/tasks.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

const scope = operatorScope('token');
const byId = { params: z.object({ id: z.string() }) };
const detail = { 200: answers(taskDetailSchema, 'The task after it'), ...failures };

const listRoute = createRoute({
  method: 'get',
  path: '/api/tasks',
  summary: 'Directives and turns of the agent, newest first',
  request: { query: taskQuerySchema },
  responses: { 200: answers(z.array(taskSchema), 'Tasks'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/tasks/{id}',
  summary: 'One task with its history',
  request: byId,
  responses: { 200: answers(taskDetailSchema, 'The task'), ...failures },
});
const cancelRoute = createRoute({
  method: 'post',
  path: '/api/tasks/{id}/cancel',
  summary: 'Ends a task that has not ended; what it did is kept',
  request: byId,
  responses: detail,
});
const retryRoute = createRoute({
  method: 'post',
  path: '/api/tasks/{id}/retry',
  summary: 'Does a task that has ended again, as a new one',
  request: byId,
  responses: { 200: answers(taskDetailSchema, 'The new task'), ...failures },
});
const undoRoute = createRoute({
  method: 'post',
  path: '/api/tasks/{id}/undo',
  summary: 'Takes back what a directive did, as a new one',
  request: byId,
  responses: { 200: answers(taskDetailSchema, 'The new task'), ...failures },
});
const snoozeRoute = createRoute({
  method: 'post',
  path: '/api/tasks/{id}/snooze',
  summary: 'Puts off a directive that has not begun',
  request: { ...byId, body: { required: true, ...jsonBody(snoozeSchema) } },
  responses: detail,
});
const reconcileRoute = createRoute({
  method: 'post',
  path: '/api/runs/{id}/reconcile',
  summary: 'Settles an UNKNOWN tool run: by what a person knows, or by the check tool its manifest declares',
  request: { ...byId, body: { required: true, ...jsonBody(reconcileSchema) } },
  responses: { 200: answers(runVerdictSchema, 'The verdict'), ...failures },
});
const signalsRoute = createRoute({
  method: 'get',
  path: '/api/signals',
  summary: 'Signals, newest first',
  request: { query: signalQuerySchema },
  responses: { 200: answers(z.array(signalSchema), 'Signals'), ...failures },
});
const emitRoute = createRoute({
  method: 'post',
  path: '/api/signals',
  summary: 'Puts a fact on record; with a dedupe key, once',
  request: { body: { required: true, ...jsonBody(newSignalSchema) } },
  responses: { 201: answers(signalSchema, 'The signal on record'), ...failures },
});

export function taskRoutes({ work, agent }: Kernel) {
  const found = async (id: string): Promise<TaskDetail> => {
    const task = await work.store.tasks.get(scope, id);
    if (task === null) throw new NexusError('TASK_UNKNOWN', { id });
    return task;
  };
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) =>
      c.json([...(await work.store.tasks.list(scope, c.req.valid('query')))], 200),
    )
    .openapi(getRoute, async (c) => c.json(await found(c.req.valid('param').id), 200))
    .openapi(cancelRoute, async (c) => {
      const { id, kind } = await found(c.req.valid('param').id);
      if (kind === 'execution') await agent.persona.subAgents.cancel(scopeOf(c), id);
      else await work.directives.cancel(scopeOf(c), id);
      return c.json(await found(id), 200);
    })
    .openapi(retryRoute, async (c) => {
      const task = await found(c.req.valid('param').id);
      if (task.kind === 'directive')
        return c.json(await found((await work.directives.rerun(scopeOf(c), task.id)).id), 200);
      const turn = await agent.executions.get(scope, task.id);
      if (turn === null) throw new NexusError('TASK_UNKNOWN', { id: task.id });
      if (turn.endedAt === null)
        throw new NexusError('EXECUTION_STATE', {
          execution: task.id,
          state: task.state,
          wanted: 'done again',
        });
      const { execution } = await agent.turns.sayAgain(scope, turn);
      return c.json(await found(execution), 200);
    })
    .openapi(undoRoute, async (c) => {
      const { id } = await found(c.req.valid('param').id);
      return c.json(await found((await work.directives.undo(scope, id)).id), 200);
    })
    .openapi(snoozeRoute, async (c) => {
      const { id } = await found(c.req.valid('param').id);
      await work.directives.snooze(scope, id, c.req.valid('json').until);
      return c.json(await found(id), 200);
    });
}

export function signalRoutes({ work }: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(reconcileRoute, async (c) => {
      const { verdict, note } = c.req.valid('json');
      const by = scopeOf(c);
      const happened = verdict === 'happened';
      const said =
        verdict === undefined ? undefined : { happened, note: note ?? `${by.user} says so (${by.actor})` };
      return c.json(await work.reconciler.reconcile(by, c.req.valid('param').id, said), 200);
    })
    .openapi(signalsRoute, async (c) => {
      const { name, before, limit } = c.req.valid('query');
      const query = {
        limit,
        ...(name === undefined ? {} : { name }),
        ...(before === undefined ? {} : { before }),
      };
      return c.json([...(await work.signals.list(scope, query))], 200);
    })
    .openapi(emitRoute, async (c) => {
      const { name, data, subject, dedupeKey } = c.req.valid('json');
      const signal = {
        name,
        data,
        ...(subject === undefined ? {} : { subject }),
        ...(dedupeKey === undefined ? {} : { dedupeKey }),
      };
      return c.json(await work.signals.emit(scopeOf(c), signal), 201);
    });
}
