import { existsSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import { backUp } from './backup.ts';
import { applyMigrations, pendingMigrations } from './migrate.ts';
import type { Migration } from './migrations/migration.ts';
import { createPrivate, createPrivateDir } from './private-file.ts';
import { saysDamaged } from './sqlite-error.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly migrations: readonly Migration[];
  /** Where a copy goes before a migration changes a database that holds something. */
  readonly backupDir: string;
  /** A file that holds what is not in the database yet: a backup has it too. */
  readonly journal?: string;
  readonly clock: Clock;
  readonly synchronous: 'NORMAL' | 'FULL';
  /** What else must work before the database counts as open; damage that it meets is treated like any other. */
  readonly prepare?: (db: Database.Database) => void;
}

export interface OpenedDatabase {
  readonly db: Database.Database;
  /** STORE_CORRUPT when the file was damaged: it was set aside, and `db` is a new, empty one. */
  readonly damage: NexusError | null;
}

/** Only an outside program can hold the write lock, as a data directory has one kernel. */
const BUSY_TIMEOUT_MS = 1_000;
/** A check reads every page, 2.4 ms for each MiB, and boot has 200 ms in all: larger files wait for `checkDatabase`. */
const QUICK_CHECK_MAX_BYTES = 4 * 1_048_576;
const CACHE_KIB = 8_192;
/** 16 MiB of log. A checkpoint waits for the disk, 4 to 6 ms; SQLite's 1,000 pages made 1.3 times as many waits above 2 ms. */
const CHECKPOINT_PAGES = 4_000;
const WAL_SIZE_LIMIT_BYTES = 64 * 1_048_576;

/**
 * Opens a database, checks it if it is small, and brings it to the newest shape. A damaged file is renamed to
 * `<file>.damaged-<time>` and an empty database takes its place: the kernel stays usable, nothing is deleted, and
 * the caller reports `damage`. A file that is merely unreadable, locked, foreign or newer is refused.
 */
export function openDatabase(options: DatabaseOptions): OpenedDatabase {
  createPrivateDir(dirname(options.file));
  try {
    return { db: openChecked(options), damage: null };
  } catch (error) {
    if (!saysDamaged(error)) throw refusal(options.file, error);
    const aside = setAside(options.file, options.clock);
    const damage = new NexusError(
      'STORE_CORRUPT',
      {
        file: options.file,
        problem: messageOf(error),
        todo: `It was kept as ${aside} and an empty one was started; restore a backup to get its records back`,
      },
      error,
    );
    return { db: openChecked(options), damage };
  }
}

function openChecked(options: DatabaseOptions): Database.Database {
  createPrivate(options.file);
  checkUntouched(options.file);
  const db = new Database(options.file, { timeout: BUSY_TIMEOUT_MS });
  try {
    configure(db, options.synchronous);
    const pending = pendingMigrations(db, options.migrations);
    if (pending.length > 0) {
      if (pending.length < options.migrations.length)
        backUp(db, options.backupDir, options.clock, options.journal);
      applyMigrations(db, pending, options.clock.now());
    }
    options.prepare?.(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function configure(db: Database.Database, synchronous: 'NORMAL' | 'FULL'): void {
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${synchronous}`);
  db.pragma('foreign_keys = ON');
  // Without it, INSERT OR REPLACE would delete rows without firing the triggers that guard them.
  db.pragma('recursive_triggers = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.pragma(`journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`);
}

/** Anything else that goes wrong has a cause outside of the file's content, so the file stays where it is. */
function refusal(file: string, error: unknown): NexusError {
  if (error instanceof NexusError) return error;
  const todo = 'Check the permissions and the free space of the data directory, and what else uses it';
  return new NexusError('STORE_REFUSED', { file, problem: messageOf(error), todo }, error);
}

/**
 * Only looks, read-only: a writing connection would merge the write-ahead log into a damaged file and delete it,
 * and with it perhaps the last good copy of a page.
 */
function checkUntouched(file: string): void {
  const db = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    const found = statSync(file).size > QUICK_CHECK_MAX_BYTES ? null : quickCheck(db);
    if (found !== null) throw new Database.SqliteError(found, 'SQLITE_CORRUPT');
  } finally {
    db.close();
  }
}

/** The first thing wrong with the structure of a database, or null. Reads every page. */
export function quickCheck(db: Database.Database): string | null {
  const found = db.pragma('quick_check(1)', { simple: true });
  return found === 'ok' ? null : String(found);
}

function setAside(file: string, clock: Clock): string {
  const aside = damagedName(file, clock);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

/** Under which name a damaged file is kept. */
export function damagedName(file: string, clock: Clock): string {
  return `${file}.damaged-${new Date(clock.now()).toISOString().replaceAll(':', '-')}`;
}
