import type { Migration } from './migration.ts';

/** Every definition of an assistant that was ever in force, so that it stays known what answered. */
export const assistants: Migration = {
  version: 11,
  name: 'assistants',
  sql: `
    CREATE TABLE assistant_versions (
      name TEXT NOT NULL,
      version INTEGER NOT NULL,
      hash TEXT NOT NULL,
      definition TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (name, version),
      UNIQUE (name, hash)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER assistant_versions_kept BEFORE UPDATE ON assistant_versions
    BEGIN SELECT RAISE(ABORT, 'a version of an assistant never changes'); END;
  `,
};
