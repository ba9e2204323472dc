import type Database from 'better-sqlite3';
import { redactKnownWithin } from '../base/known-secrets-within.ts';
import type { NewApproval } from '../contract/approval-records.ts';
import type { StoredLease } from '../contract/leases.ts';
import type { Scope } from '../contract/scope.ts';

/** Within a write of its caller, without known secrets. What a lease allows is answered when it is asked. */
export function insertApproval(
  db: Database.Database,
  { user, group, actor }: Scope,
  approval: NewApproval,
  { state, lease }: { readonly state: 'PENDING' | 'ALLOWED'; readonly lease: string | null },
): void {
  const answer = lease === null ? null : approval.createdAt;
  db.prepare(
    `INSERT INTO approvals (id, group_id, user_id, state, origin, execution, call, thread, tool, plugin, effect, definition,
        because, args, lease, created_at, expires_at, answered_at, answered_by)
      VALUES (@id, @group, @user, @state, @origin, @of, @call, @thread, @tool, @plugin, @effect, @definition,
        @because, @args, @lease, @createdAt, @expiresAt, @answer, @by)`,
  ).run({
    ...approval,
    user,
    group,
    state,
    lease,
    answer,
    by: lease === null ? null : `lease (${actor})`,
    args: JSON.stringify(redactKnownWithin(approval.args)),
  });
}

/** Within a write of its caller. */
export function insertLease(db: Database.Database, { user, group }: Scope, lease: StoredLease): void {
  db.prepare(
    `INSERT INTO leases (id, group_id, user_id, tool, plugin, effect, definition, arguments, count, used, approval,
        created_at, created_by, expires_at, revoked_at)
      VALUES (@id, @group, @user, @tool, @plugin, @effect, @definition, @arguments, @count, @used, @approval,
        @createdAt, @createdBy, @expiresAt, @revokedAt)`,
  ).run({ ...lease, user, group, arguments: JSON.stringify(lease.arguments) });
}
