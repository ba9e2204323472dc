import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { LeaseRecords, NewApproval } from '../contract/approval-records.ts';
import { leaseArgumentsSchema, leaseSchema, type StoredLease } from '../contract/leases.ts';
import type { Scope } from '../contract/scope.ts';
import { insertApproval, insertLease } from './approval-rows.ts';
import type { GroupWriter } from './group-writer.ts';

const columns = `id, tool, plugin, effect, definition, arguments, count, used, approval, created_at AS createdAt,
  created_by AS createdBy, expires_at AS expiresAt, revoked_at AS revokedAt`;
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;
const isOpen = `used < count AND revoked_at IS NULL AND expires_at > @now`;
const rowSchema = leaseSchema.omit({ state: true, covers: true }).extend({
  definition: z.string(),
  arguments: z.string().transform((text) => leaseArgumentsSchema.parse(JSON.parse(text))),
});

/** The leases of one tenant's SQLite database. */
export class SqliteLeaseRecords implements LeaseRecords {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;

  constructor(db: Database.Database, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  add(scope: Scope, lease: StoredLease): Promise<void> {
    return this.#writer.write(() => insertLease(this.#db, scope, lease));
  }

  async list(
    { user, group }: Scope,
    {
      open,
      limit,
      now,
      tool,
    }: { readonly open: boolean; readonly limit: number; readonly now: number; readonly tool?: string },
  ): Promise<readonly StoredLease[]> {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM leases WHERE ${visible} AND (@open = 0 OR ${isOpen}) AND (@tool IS NULL OR tool = @tool)
          ORDER BY id DESC LIMIT @limit`,
      )
      .all({ user, group, open: open ? 1 : 0, now, tool: tool ?? null, limit })
      .map((row) => rowSchema.parse(row));
  }

  async get({ user, group }: Scope, id: string): Promise<StoredLease | null> {
    const row = this.#db
      .prepare(`SELECT ${columns} FROM leases WHERE id = @id AND ${visible}`)
      .get({ id, user, group });
    return row === undefined ? null : rowSchema.parse(row);
  }

  async use(scope: Scope, lease: string, allowed: NewApproval): Promise<boolean> {
    const { user, group } = scope;
    let isCovered = false;
    await this.#writer.write(
      this.#db.transaction(() => {
        const { changes } = this.#db
          .prepare(`UPDATE leases SET used = used + 1 WHERE id = @lease AND ${visible} AND ${isOpen}`)
          .run({ lease, user, group, now: allowed.createdAt });
        if (changes !== 1) return;
        insertApproval(this.#db, scope, allowed, { state: 'ALLOWED', lease });
        isCovered = true;
      }),
    );
    return isCovered;
  }

  revoke({ user, group }: Scope, id: string, now: number): Promise<void> {
    return this.#writer.write(() => {
      this.#db
        .prepare(`UPDATE leases SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL AND ${visible}`)
        .run({ id, user, group, now });
    });
  }
}
