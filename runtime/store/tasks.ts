import type Database from 'better-sqlite3';
import type { Scope } from '../contract/scope.ts';
import { taskSchema, type Task, type TaskDetail, type TaskQuery, type TaskStore } from '../contract/tasks.ts';

const visible = (table: string): string =>
  `${table}.user_id = @user AND (@group IS NULL OR ${table}.group_id = @group)`;
const all = `
  SELECT id, 'directive' AS kind, kind || coalesce(' ' || json_extract(payload, '$.tool'), '') AS what, state, reason, attempts,
      run_at AS runAt, NULL AS thread, execution_id AS execution, run_id AS run, rerun_of AS rerunOf,
      undo IS NOT NULL AND state = 'succeeded' AS canUndo, created_at AS createdAt, started_at AS startedAt, ended_at AS endedAt
    FROM directives WHERE ${visible('directives')}
  UNION ALL
  SELECT executions.id, 'execution', coalesce(title, assistant), lower(state), reason, 0,
      NULL, thread_id, executions.id, NULL, NULL, 0, executions.created_at, NULL, ended_at
    FROM executions JOIN threads ON threads.id = thread_id WHERE ${visible('executions')}`;
const rowSchema = taskSchema.extend({ canUndo: taskSchema.shape.attempts.transform((flag) => flag === 1) });

/** The queue of one tenant, read from its directives and turns. */
export class SqliteTaskStore implements TaskStore {
  readonly #db: Database.Database;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  async list(
    { user, group }: Scope,
    { kind, state, open, before, limit }: TaskQuery,
  ): Promise<readonly Task[]> {
    return this.#db
      .prepare(
        `SELECT * FROM (${all}) WHERE (@kind IS NULL OR kind = @kind) AND (@state IS NULL OR state = @state)
          AND (@open = 'false' OR endedAt IS NULL) AND (@before IS NULL OR id < @before) ORDER BY id DESC LIMIT @limit`,
      )
      .all({ user, group, kind: kind ?? null, state: state ?? null, open, before: before ?? null, limit })
      .map((row) => rowSchema.parse(row));
  }

  async get({ user, group }: Scope, id: string): Promise<TaskDetail | null> {
    const row = this.#db.prepare(`SELECT * FROM (${all}) WHERE id = @id`).get({ user, group, id });
    if (row === undefined) return null;
    const task = rowSchema.parse(row);
    return { ...task, history: task.kind === 'directive' ? this.#statesOf(id) : this.#stepsOf(id) };
  }

  #statesOf(id: string): TaskDetail['history'] {
    return this.#db
      .prepare<[string, string], TaskDetail['history'][number]>(
        `SELECT at, what, NULL AS detail FROM timeline WHERE ref = ?
          UNION ALL SELECT at, what, NULL FROM timeline_outbox WHERE ref = ?`,
      )
      .all(id, id);
  }

  #stepsOf(id: string): TaskDetail['history'] {
    return this.#db
      .prepare<[string], TaskDetail['history'][number]>(
        `SELECT created_at AS at, json_extract(step, '$.kind') AS what,
            coalesce(json_extract(step, '$.model'), json_extract(step, '$.callId'), json_extract(step, '$.result.callId')) AS detail
          FROM execution_steps WHERE execution_id = ? ORDER BY position`,
      )
      .all(id);
  }
}
