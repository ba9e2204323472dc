import Database from 'better-sqlite3';
import { messageOf, NexusError } from '../base/errors.ts';

/** SQLite's extended result code of an error, such as `SQLITE_BUSY_SNAPSHOT`; empty when it is not SQLite's. */
export function sqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

/** Whether the error says that the file is damaged, as opposed to busy, full, unreadable or misused. */
export function saysDamaged(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

/** What a read or write that failed while the kernel runs is reported as. */
export function storeFailure(file: string, error: unknown): NexusError {
  if (error instanceof NexusError) return error;
  if (!saysDamaged(error)) {
    return new NexusError('STORE_WRITE_FAILED', { file, problem: messageOf(error) }, error);
  }
  const todo = 'Restart the kernel: it sets the file aside and starts an empty one; then restore a backup';
  return new NexusError('STORE_CORRUPT', { file, problem: messageOf(error), todo }, error);
}
