import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { SettingRecords } from '../contract/setting-records.ts';
import type { AccessRecords } from '../contract/access.ts';
import type { ApprovalLog } from '../contract/consent.ts';
import type { UsageLedger } from '../contract/usage.ts';
import type { ToolListCache } from '../contract/tool-list-cache.ts';
import { SqliteAccessRecords } from './access-records.ts';
import { SqliteApprovalLog } from './approvals.ts';
import type { NewId } from '../base/ids.ts';
import { conversationsOf, type Conversations } from './conversations.ts';
import { checkDatabase } from './check-database.ts';
import { damagedName, openDatabase, type DatabaseOptions, type OpenedDatabase } from './database.ts';
import { GroupWriter } from './group-writer.ts';
import { JournalFile } from './journal-file.ts';
import { type JournalContent, readJournal } from './journal-lines.ts';
import { JournaledRuns } from './journaled-runs.ts';
import { lockDataDir } from './lock.ts';
import { toolLists } from './migrations/0001-tool-lists.ts';
import { settings } from './migrations/0002-settings.ts';
import { approvals } from './migrations/0003-approvals.ts';
import { access } from './migrations/0004-access.ts';
import { timelineHeads } from './migrations/0005-timeline-heads.ts';
import { acceptedHeads } from './migrations/0006-accepted-heads.ts';
import { toolRuns } from './migrations/0001-tool-runs.ts';
import { runApprovals } from './migrations/0004-run-approvals.ts';
import { threads } from './migrations/0003-threads.ts';
import { openRuns } from './migrations/0002-open-runs.ts';
import { modelUsage } from './migrations/0005-model-usage.ts';
import { subAgents } from './migrations/0006-sub-agents.ts';
import { messageDetails } from './migrations/0007-message-details.ts';
import { work } from './migrations/0008-work.ts';
import { timeline } from './migrations/0009-timeline.ts';
import { schedules } from './migrations/0010-schedules.ts';
import { assistants } from './migrations/0011-assistants.ts';
import { memories } from './migrations/0012-memories.ts';
import { budgetAlerts } from './migrations/0014-budget-alerts.ts';
import { messagesHere } from './migrations/0015-messages-here.ts';
import type { Migration } from './migrations/migration.ts';
import { leases } from './migrations/0013-leases.ts';
import { closeToOthers, createPrivateDir } from './private-file.ts';
import { type RecoveredRuns, recoverRuns } from './recover-runs.ts';
import { SqliteRunLedger, type StoredRunLedger } from './run-ledger.ts';
import { SqliteSettingRecords } from './setting-records.ts';
import { SqliteToolListCache } from './tool-lists.ts';
import { recoverUsage, SqliteUsageLedger } from './usage-ledger.ts';
import { workOf, type WorkStore } from './work.ts';

export type { RecoveredRuns } from './recover-runs.ts';
export type { StoredRunLedger } from './run-ledger.ts';

const TENANT = 'default';

/** Of the database of each tenant, in their order. */
const tenantMigrations: readonly Migration[] = [
  toolRuns,
  openRuns,
  threads,
  runApprovals,
  modelUsage,
  subAgents,
  messageDetails,
  work,
  timeline,
  schedules,
  assistants,
  memories,
  leases,
  budgetAlerts,
  messagesHere,
];

export interface StoreOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  /** FULL also survives a power cut without losing the last commits; NORMAL, the default, survives any end of the process. */
  readonly synchronous?: 'NORMAL' | 'FULL';
}

/** Everything the kernel keeps. Closing it commits what waits and frees the data directory. */
export interface Store extends AsyncDisposable {
  readonly ledger: StoredRunLedger;
  /** Threads, turns and approvals; ids of new ones come from `newId`. */
  readonly conversations: (newId: NewId) => Conversations;
  /** Signals, directives and what follows from them; ids of new ones come from `newId`. */
  readonly work: (newId: NewId) => WorkStore;
  readonly toolLists: ToolListCache;
  readonly settings: SettingRecords;
  readonly approvals: ApprovalLog;
  readonly access: AccessRecords;
  readonly usage: UsageLedger;
  /** Runs the previous kernel left open. */
  readonly recovered: RecoveredRuns;
  /** No run on record reaches this sequence number; ids of new runs must be above it, also when the clock went back. */
  readonly aboveAllRuns: number;
  /** STORE_CORRUPT for every file that was damaged, set aside and replaced by an empty one; to be shown to the operator. */
  readonly damages: readonly NexusError[];
  /** What the operator should know beside that. */
  readonly notices: readonly string[];
  /**
   * Reads every page of every database in a thread beside the kernel's work (2.4 ms for each MiB) and returns
   * STORE_CORRUPT for each that is damaged. Opening only checks small files.
   */
  check(signal?: AbortSignal): Promise<readonly NexusError[]>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the databases of a data directory for this process alone (KERNEL_RUNNING when another has it), checks and
 * migrates them, and closes the runs of a kernel that died.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  createPrivateDir(options.dataDir);
  const notice = closeToOthers(options.dataDir);
  using opening = new DisposableStack();
  opening.use(lockDataDir(options.dataDir));
  const shared = {
    backupDir: join(options.dataDir, 'backups'),
    clock: options.clock,
    synchronous: options.synchronous ?? 'NORMAL',
  };
  const kernel = openKernel(options.dataDir, shared);
  opening.defer(() => kernel.db.close());
  const tenantDir = join(options.dataDir, 'tenants', TENANT);
  const journalFile = join(tenantDir, 'runs.journal');
  const journaled = readJournal(journalFile);
  let recovery = { recovered: { failed: 0, unknown: 0, canceled: 0 }, aboveAll: 0 };
  const tenant = openDatabase({
    ...shared,
    file: join(tenantDir, 'nexus.db'),
    journal: journalFile,
    migrations: tenantMigrations,
    prepare: (db) => {
      recoverUsage(db);
      recovery = recoverRuns(db, journaled.entries, options.clock.now());
    },
  });
  opening.defer(() => tenant.db.close());
  const journalDamage = keepJournal(journalFile, journaled, tenant.damage, options.clock);

  const kernelWriter = new GroupWriter(kernel.db);
  opening.defer(() => kernelWriter.close());
  const journal = new JournalFile(journalFile, shared.synchronous === 'FULL');
  // What it had is in the table by now.
  journal.empty();
  const runs = new JournaledRuns(tenant.db, journal, recovery.aboveAll);
  opening.defer(() => runs.close());
  const conversations = conversationsOf(tenant.db, options.clock, opening);
  const openWork = workOf({ db: tenant.db, kernel: kernel.db, tenant: TENANT }, options.clock, opening);
  const queries = lazily(async () => new (await import('./run-queries.ts')).RunQueries(tenant.db));
  const opened = opening.move();
  const close = async (): Promise<void> => opened.dispose();
  return {
    ledger: new SqliteRunLedger(tenant.db, runs, options.clock, TENANT, queries),
    conversations,
    work: openWork,
    ...kernelRecords(kernel.db, kernelWriter, options.clock),
    usage: new SqliteUsageLedger(tenant.db, options.clock),
    recovered: recovery.recovered,
    aboveAllRuns: recovery.aboveAll,
    notices: notice === null ? [] : [notice],
    damages: [kernel.damage, tenant.damage, journalDamage].filter((damage) => damage !== null),
    check: (signal) => checkAll([kernel.db.name, tenant.db.name], signal),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function openKernel(
  dataDir: string,
  shared: Pick<DatabaseOptions, 'backupDir' | 'clock' | 'synchronous'>,
): OpenedDatabase {
  const file = join(dataDir, 'kernel.db');
  return openDatabase({
    ...shared,
    file,
    migrations: [toolLists, settings, approvals, access, timelineHeads, acceptedHeads],
  });
}

/** What is kept in the kernel's own database. */
function kernelRecords(
  db: Database.Database,
  writer: GroupWriter,
  clock: Clock,
): Pick<Store, 'toolLists' | 'settings' | 'approvals' | 'access'> {
  return {
    toolLists: new SqliteToolListCache(db, writer, clock),
    settings: new SqliteSettingRecords(db, writer),
    approvals: new SqliteApprovalLog(db, writer, clock),
    access: new SqliteAccessRecords(db, writer),
  };
}

/** A journal that is damaged, or belongs to a database that was, is kept; the table has what could be read of it. */
function keepJournal(
  file: string,
  { entries, problem }: JournalContent,
  damage: NexusError | null,
  clock: Clock,
): NexusError | null {
  if (problem === null && (damage === null || entries.length === 0)) return null;
  const aside = damagedName(file, clock);
  renameSync(file, aside);
  if (problem === null) return null;
  const todo = `It was kept as ${aside}, and what can be read of it was recorded; restore a backup if the disk is failing`;
  return new NexusError('STORE_CORRUPT', { file, problem, todo });
}

async function checkAll(files: readonly string[], signal?: AbortSignal): Promise<readonly NexusError[]> {
  const found: NexusError[] = [];
  for (const file of files) {
    const damage = await checkDatabase(file, signal);
    if (damage !== null) found.push(damage);
  }
  return found;
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
