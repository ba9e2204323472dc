import { z } from 'zod';
import { directiveStateSchema } from './directives.ts';
import type { Scope } from './scope.ts';

const taskStateSchema = z.enum([...directiveStateSchema.options, 'queued', 'waiting']);

/** A directive or a turn of the agent, as the queue shows it. */
export const taskSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['directive', 'execution']),
    what: z
      .string()
      .describe('What is done: kind and tool of a directive, the title of the thread of a turn'),
    state: taskStateSchema,
    reason: z.string().nullable(),
    attempts: z.int(),
    runAt: z.int().nullable().describe('Not before'),
    thread: z.string().nullable(),
    execution: z.string().nullable(),
    run: z.string().nullable().describe('Tool run of the last attempt'),
    rerunOf: z.string().nullable(),
    canUndo: z.boolean(),
    createdAt: z.int(),
    startedAt: z.int().nullable(),
    endedAt: z.int().nullable(),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof taskSchema>;

/** A task with what happened to it, oldest first. */
export const taskDetailSchema = taskSchema
  .extend({
    history: z.array(z.object({ at: z.int(), what: z.string(), detail: z.string().nullable() })).readonly(),
  })
  .meta({ id: 'TaskDetail' });
export type TaskDetail = z.infer<typeof taskDetailSchema>;

export const taskQuerySchema = z.object({
  kind: taskSchema.shape.kind.optional(),
  state: taskStateSchema.optional(),
  open: z.enum(['true', 'false']).default('false').describe('Only those that have not ended'),
  before: z.string().optional().describe('Id of the last task of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type TaskQuery = z.infer<typeof taskQuerySchema>;

export const snoozeSchema = z
  .strictObject({ until: z.int().describe('Milliseconds since 1970') })
  .meta({ id: 'Snooze' });

/** The queue of one tenant. */
export interface TaskStore {
  /** Newest first. */
  list(scope: Scope, query: TaskQuery): Promise<readonly Task[]>;
  get(scope: Scope, id: string): Promise<TaskDetail | null>;
}
