import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import type { DirectiveStore } from '../contract/directives.ts';
import type { VerdictStore } from '../contract/reconcile.ts';
import type { ScheduleStore } from '../contract/schedules.ts';
import type { SignalStore } from '../contract/signals.ts';
import type { TaskStore } from '../contract/tasks.ts';
import type { TimelineStore } from '../contract/timeline.ts';
import { SqliteDirectiveStore } from './directives.ts';
import { GroupWriter } from './group-writer.ts';
import { SqliteVerdictStore } from './run-verdicts.ts';
import { SqliteScheduleStore } from './schedules.ts';
import { SqliteSignalStore } from './signals.ts';
import { SqliteTaskStore } from './tasks.ts';
import { SqliteTimelineStore } from './timeline.ts';

/** What happened and what shall happen. */
export interface WorkStore {
  readonly signals: SignalStore;
  readonly directives: DirectiveStore;
  readonly verdicts: VerdictStore;
  readonly schedules: ScheduleStore;
  readonly tasks: TaskStore;
  readonly timeline: TimelineStore;
}

export interface WorkDatabases {
  readonly db: Database.Database;
  /** The kernel's database, which has the audit of settings. */
  readonly kernel: Database.Database;
  readonly tenant: string;
}

/** The durable work of a tenant's database; ids of new records come from `newId`. `opening` closes what it opens. */
export function workOf(
  { db, kernel, tenant }: WorkDatabases,
  clock: Clock,
  opening: DisposableStack,
): (newId: NewId) => WorkStore {
  const writer = new GroupWriter(db);
  opening.defer(() => writer.close());
  return (newId) => {
    const deps = { db, writer, clock, newId };
    return {
      signals: new SqliteSignalStore(deps),
      directives: new SqliteDirectiveStore(deps),
      verdicts: new SqliteVerdictStore(deps),
      schedules: new SqliteScheduleStore(deps),
      tasks: new SqliteTaskStore(db),
      timeline: new SqliteTimelineStore({ db, kernel, tenant, writer, clock }),
    };
  };
}
