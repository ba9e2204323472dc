import type Database from 'better-sqlite3';
import { z } from 'zod';
import { approvalSchema, type Approval } from '../contract/approvals.ts';
import type { ApprovalRecords, NewApproval } from '../contract/approval-records.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';

const columns = `id, state, tool, plugin, effect, args, execution, thread,
  (SELECT json_extract(ancestors, '$[0]') FROM threads WHERE threads.id = approvals.thread) AS origin, reason, lease, created_at AS createdAt,
  expires_at AS expiresAt, answered_at AS answeredAt, answered_by AS answeredBy`;
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;
const rowSchema = approvalSchema.extend({
  args: z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))),
});

/** The approvals of one tenant's SQLite database. */
export class SqliteApprovalRecords implements ApprovalRecords {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;

  constructor(db: Database.Database, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async add({ user, group }: Scope, approval: NewApproval): Promise<void> {
    await this.#writer.write(() => {
      this.#db
        .prepare(
          `INSERT INTO approvals (id, group_id, user_id, state, execution, call, thread, tool, plugin, effect, args, created_at, expires_at)
            VALUES (@id, @group, @user, 'PENDING', @execution, @call, @thread, @tool, @plugin, @effect, @args, @createdAt, @expiresAt)`,
        )
        .run({ ...approval, user, group, args: JSON.stringify(approval.args) });
    });
  }

  async ofCall({ user, group }: Scope, execution: string, call: string): Promise<Approval | null> {
    return this.#one(`execution = @execution AND call = @call AND ${visible}`, {
      execution,
      call,
      user,
      group,
    });
  }

  async get({ user, group }: Scope, id: string): Promise<Approval | null> {
    return this.#one(`id = @id AND ${visible}`, { id, user, group });
  }

  async list(
    { user, group }: Scope,
    { state, limit }: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly Approval[]> {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM approvals WHERE ${visible} AND (@state IS NULL OR state = @state)
          ORDER BY created_at DESC, id DESC LIMIT @limit`,
      )
      .all({ user, group, state: state ?? null, limit })
      .map((row) => rowSchema.parse(row));
  }

  async settle(
    { user, group, actor }: Scope,
    id: string,
    answer: Pick<Approval, 'state' | 'args' | 'reason' | 'answeredAt'>,
  ): Promise<boolean> {
    let isFirst = false;
    await this.#writer.write(() => {
      const { changes } = this.#db
        .prepare(
          `UPDATE approvals SET state = @state, args = @args, reason = @reason, answered_at = @answeredAt, answered_by = @by
            WHERE id = @id AND state = 'PENDING' AND ${visible}`,
        )
        .run({ ...answer, args: JSON.stringify(answer.args), id, user, group, by: `${user} (${actor})` });
      isFirst = changes === 1;
    });
    return isFirst;
  }

  #one(where: string, values: Record<string, unknown>): Approval | null {
    const row = this.#db.prepare(`SELECT ${columns} FROM approvals WHERE ${where}`).get(values);
    return row === undefined ? null : rowSchema.parse(row);
  }
}
