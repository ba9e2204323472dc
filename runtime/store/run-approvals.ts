import type Database from 'better-sqlite3';
import { z } from 'zod';
import { approvalSchema, type Approval } from '../contract/approvals.ts';
import type {
  ApprovalRecords,
  NewApproval,
  Settlement,
  StoredApproval,
} from '../contract/approval-records.ts';
import { isJsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import { insertApproval, insertLease } from './approval-rows.ts';
import type { GroupWriter } from './group-writer.ts';

const columns = `id, state, tool, plugin, effect, args, because, origin, definition,
  CASE origin WHEN 'turn' THEN execution END AS execution, CASE origin WHEN 'call' THEN execution END AS run,
  thread, (SELECT json_extract(ancestors, '$[0]') FROM threads WHERE threads.id = approvals.thread) AS worksFor, reason, lease, created_at AS createdAt, expires_at AS expiresAt, answered_at AS answeredAt,
  answered_by AS answeredBy`;
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;
const rowSchema = approvalSchema.extend({
  // Not by z.record, which leaves out a key "__proto__": what is shown is what is run.
  args: z
    .string()
    .transform((text) => z.custom<Record<string, unknown>>(isJsonObject).parse(JSON.parse(text))),
  definition: z.string(),
});

/** The approvals of one tenant's SQLite database. */
export class SqliteApprovalRecords implements ApprovalRecords {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;

  constructor(db: Database.Database, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  add(scope: Scope, approval: NewApproval): Promise<void> {
    return this.#writer.write(() =>
      insertApproval(this.#db, scope, approval, { state: 'PENDING', lease: null }),
    );
  }

  async ofCall({ user, group }: Scope, of: string, call: string): Promise<StoredApproval | null> {
    return this.#one(`execution = @of AND call = @call AND ${visible}`, { of, call, user, group });
  }

  async get({ user, group }: Scope, id: string): Promise<StoredApproval | null> {
    return this.#one(`id = @id AND ${visible}`, { id, user, group });
  }

  async list(
    { user, group }: Scope,
    { state, limit }: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly StoredApproval[]> {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM approvals WHERE ${visible} AND (@state IS NULL OR state = @state)
          ORDER BY created_at DESC, id DESC LIMIT @limit`,
      )
      .all({ user, group, state: state ?? null, limit })
      .map((row) => rowSchema.parse(row));
  }

  async settle(scope: Scope, id: string, { lease, ...answer }: Settlement): Promise<boolean> {
    const { user, group, actor } = scope;
    let isFirst = false;
    await this.#writer.write(
      this.#db.transaction(() => {
        const { changes } = this.#db
          .prepare(
            `UPDATE approvals SET state = @state, args = @args, reason = @reason, answered_at = @answeredAt, answered_by = @by
              WHERE id = @id AND state = 'PENDING' AND ${visible}`,
          )
          .run({ ...answer, args: JSON.stringify(answer.args), id, user, group, by: `${user} (${actor})` });
        isFirst = changes === 1;
        if (isFirst && lease !== undefined) insertLease(this.#db, scope, lease);
      }),
    );
    return isFirst;
  }

  async expireDue(now: number): Promise<readonly StoredApproval[]> {
    const ended = `origin = 'turn' AND execution IN (SELECT id FROM executions WHERE ended_at IS NOT NULL)`;
    const [late, abandoned] = await Promise.all([
      this.#expire('expires_at <= @now', 'nobody answered in time', now),
      this.#expire(ended, 'the turn that asked has ended', now),
    ]);
    return [...late, ...abandoned];
  }

  expireDirect(now: number): Promise<readonly StoredApproval[]> {
    return this.#expire(`origin = 'call'`, 'the kernel stopped while the caller waited', now);
  }

  async unheard(): Promise<readonly StoredApproval[]> {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM approvals WHERE origin = 'turn' AND state <> 'PENDING'
          AND execution IN (SELECT id FROM executions WHERE state = 'WAITING' AND ended_at IS NULL)
          AND execution NOT IN (SELECT execution FROM approvals WHERE state = 'PENDING')
          ORDER BY answered_at`,
      )
      .all()
      .map((row) => rowSchema.parse(row));
  }

  async hasReadResults(thread: string, execution: string): Promise<boolean> {
    const found = this.#db
      .prepare<[Record<string, unknown>], number>(
        `SELECT EXISTS (
          SELECT 1 FROM executions JOIN execution_steps ON execution_id = executions.id
            WHERE (thread_id = @thread OR thread_id IN (
                SELECT value FROM threads, json_each(ancestors) WHERE threads.id = @thread))
              AND json_extract(step, '$.kind') = 'tool_result'
              AND (executions.id <> @execution OR position < (
                SELECT max(position) FROM execution_steps
                  WHERE execution_id = @execution AND json_extract(step, '$.kind') = 'model_call')))`,
      )
      .pluck()
      .get({ thread, execution });
    return found === 1;
  }

  async #expire(which: string, reason: string, now: number): Promise<readonly StoredApproval[]> {
    let rows: readonly unknown[] = [];
    await this.#writer.write(() => {
      rows = this.#db
        .prepare(
          `UPDATE approvals SET state = 'EXPIRED', reason = @reason, answered_at = @now, answered_by = 'nexus (clock)'
            WHERE state = 'PENDING' AND ${which} RETURNING ${columns}`,
        )
        .all({ reason, now });
    });
    return rows.map((row) => rowSchema.parse(row));
  }

  #one(where: string, values: Record<string, unknown>): StoredApproval | null {
    const row = this.#db.prepare(`SELECT ${columns} FROM approvals WHERE ${where}`).get(values);
    return row === undefined ? null : rowSchema.parse(row);
  }
}
