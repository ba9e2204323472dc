import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { NexusError } from '../base/errors.ts';
import { createPrivate } from './private-file.ts';
import { sqliteCode } from './sqlite-error.ts';

/** Holds a data directory for this process until it is disposed of or the process ends, however it ends. */
export interface DataDirLock extends Disposable {
  readonly pid: number;
}

/**
 * Takes the data directory for this process, or throws KERNEL_RUNNING.
 *
 * The lock is SQLite's write lock on an empty database: the operating system drops it with the process, so a
 * `kill -9` leaves nothing to clean up and a reused process id cannot be mistaken for a kernel. `kernel.pid` only
 * serves messages. No code of this process may open `kernel.lock` by other means: closing any descriptor of a file
 * drops the process's POSIX locks on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const pidFile = join(dataDir, 'kernel.pid');
  const lock = takeLock(join(dataDir, 'kernel.lock'));
  if (lock === null) {
    throw new NexusError('KERNEL_RUNNING', { pid: readPid(pidFile), data: dataDir });
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    pid: process.pid,
    [Symbol.dispose]: () => {
      if (!lock.open) return;
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function takeLock(file: string): Database.Database | null {
  const lock = openEmpty(file);
  try {
    lock.exec('BEGIN IMMEDIATE');
    return lock;
  } catch (error) {
    lock.close();
    if (sqliteCode(error).startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
}

function openEmpty(file: string): Database.Database {
  createPrivate(file);
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.pragma('schema_version');
    return lock;
  } catch (error) {
    // Someone wrote into it. It holds nothing, so it is emptied; the same inode keeps a holder's lock in force.
    lock.close();
    if (sqliteCode(error) !== 'SQLITE_NOTADB') throw error;
    truncateSync(file);
    return new Database(file, { timeout: 0 });
  }
}

function readPid(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}
