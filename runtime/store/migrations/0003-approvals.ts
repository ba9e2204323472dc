import type { Migration } from './migration.ts';

/** Who agreed to what of a plugin, and the definitions that were agreed to. The lock file says what is in force. */
export const approvals: Migration = {
  version: 3,
  name: 'approvals',
  sql: `
    CREATE TABLE approvals (
      id INTEGER PRIMARY KEY,
      plugin TEXT NOT NULL,
      tenant TEXT NOT NULL,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      at INTEGER NOT NULL,
      what TEXT NOT NULL
    ) STRICT;
    CREATE INDEX approvals_of_plugin ON approvals (plugin, id);
    CREATE TRIGGER approvals_final BEFORE UPDATE ON approvals
    BEGIN SELECT RAISE(ABORT, 'an approval never changes'); END;
    CREATE TRIGGER approvals_kept BEFORE DELETE ON approvals
    BEGIN SELECT RAISE(ABORT, 'approvals are kept'); END;

    CREATE TABLE approved_definitions (hash TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
    CREATE TABLE lock_files (path TEXT PRIMARY KEY) STRICT;
  `,
};
