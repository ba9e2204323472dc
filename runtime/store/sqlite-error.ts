import Database from 'better-sqlite3';

/** SQLite's extended result code of an error, such as `SQLITE_BUSY_SNAPSHOT`; empty when it is not SQLite's. */
export function sqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

/** Whether the error says that the file is damaged, as opposed to busy, full, unreadable or misused. */
export function saysDamaged(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}
