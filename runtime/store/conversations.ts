import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import type { ApprovalRecords } from '../contract/approval-records.ts';
import type { ExecutionStore, ThreadStore } from '../contract/threads.ts';
import { SqliteApprovalRecords } from './run-approvals.ts';
import { SqliteExecutionStore } from './executions.ts';
import { keptStatements } from './kept-statements.ts';
import { GroupWriter } from './group-writer.ts';
import { SqliteThreadStore } from './threads.ts';

/** What is said between people and assistants, and what people were asked. */
export interface Conversations {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly approvals: ApprovalRecords;
}

/** The conversations of a tenant's database; ids of new ones come from `newId`. `opening` closes what it opens. */
export function conversationsOf(
  db: Database.Database,
  clock: Clock,
  opening: DisposableStack,
): (newId: NewId) => Conversations {
  const writer = new GroupWriter(db);
  opening.defer(() => writer.close());
  const statements = keptStatements(db);
  return (newId) => {
    const deps = { db, statements, writer, clock, newId };
    return {
      threads: new SqliteThreadStore(deps),
      executions: new SqliteExecutionStore(deps),
      approvals: new SqliteApprovalRecords(db, writer),
    };
  };
}
