import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import type { ApprovalRecords, LeaseRecords } from '../contract/approval-records.ts';
import type { AssistantRecords } from '../contract/assistants.ts';
import type { JournalRecords } from '../contract/journal.ts';
import type { Memories, TrustedFiles } from '../contract/memories.ts';
import type { Pins } from '../contract/pins.ts';
import type { SubAgentRecords } from '../contract/sub-agents.ts';
import type { ExecutionStore, ThreadStore } from '../contract/threads.ts';
import { SqliteApprovalRecords } from './run-approvals.ts';
import { SqliteExecutionStore } from './executions.ts';
import { keptStatements } from './kept-statements.ts';
import { SqliteAssistantRecords } from './assistants.ts';
import { GroupWriter } from './group-writer.ts';
import { SqliteJournalDays } from './journal-days.ts';
import { SqliteMemories } from './memories.ts';
import { SqlitePins } from './pins.ts';
import { SqliteSubAgents } from './sub-agents.ts';
import { SqliteLeaseRecords } from './leases.ts';
import { SqliteThreadStore } from './threads.ts';

/** What is said between people and assistants, and what people were asked. */
export interface Conversations {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly approvals: ApprovalRecords;
  readonly assistants: AssistantRecords;
  readonly memories: Memories & TrustedFiles;
  readonly pins: Pins;
  readonly journal: JournalRecords;
  readonly subAgents: SubAgentRecords;
  readonly leases: LeaseRecords;
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
      assistants: new SqliteAssistantRecords(statements, writer, clock),
      memories: new SqliteMemories(deps),
      journal: new SqliteJournalDays(db, writer, clock),
      pins: new SqlitePins(statements, writer, clock),
      subAgents: new SqliteSubAgents(statements, writer, clock),
      leases: new SqliteLeaseRecords(db, writer),
    };
  };
}
