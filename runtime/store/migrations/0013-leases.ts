import type { Migration } from './migration.ts';

/**
 * Leases, and what a question is about: the hash of the tool, why a person is asked, and whether a turn asks (`execution`
 * is then its id) or a direct call (the id of its run). Questions from before this cannot be matched with a tool any more.
 */
export const leases: Migration = {
  version: 13,
  name: 'leases',
  sql: `
    ALTER TABLE approvals ADD COLUMN origin TEXT NOT NULL DEFAULT 'turn' CHECK (origin IN ('turn','call'));
    ALTER TABLE approvals ADD COLUMN definition TEXT NOT NULL DEFAULT '';
    ALTER TABLE approvals ADD COLUMN because TEXT NOT NULL DEFAULT '';

    CREATE TABLE leases (
      id TEXT PRIMARY KEY,
      group_id TEXT,
      user_id TEXT NOT NULL,
      tool TEXT NOT NULL,
      plugin TEXT NOT NULL,
      effect TEXT NOT NULL,
      definition TEXT NOT NULL,
      arguments TEXT NOT NULL,
      count INTEGER NOT NULL,
      used INTEGER NOT NULL DEFAULT 0 CHECK (used <= count),
      approval TEXT,
      created_at INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      revoked_at INTEGER
    ) STRICT;
    CREATE INDEX leases_of_tool ON leases (tool, expires_at);
  `,
};
