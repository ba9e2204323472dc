import type { Migration } from './migration.ts';

/** What plugins told about themselves, by the hash of what they are. */
export const toolLists: Migration = {
  version: 1,
  name: 'tool-lists',
  sql: `
    CREATE TABLE tool_lists (
      artifact_hash TEXT PRIMARY KEY,
      plugin TEXT NOT NULL,
      era TEXT NOT NULL,
      updated_at INTEGER NOT NULL,
      payload TEXT NOT NULL
    ) STRICT;
  `,
};
