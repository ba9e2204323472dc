import type { Migration } from './migration.ts';

/** Questions to people. An answer is given once: what is not PENDING any more never changes. */
export const runApprovals: Migration = {
  version: 4,
  name: 'run-approvals',
  sql: `
    CREATE TABLE approvals (
      id TEXT PRIMARY KEY,
      group_id TEXT,
      user_id TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('PENDING','ALLOWED','DENIED','EXPIRED')),
      execution TEXT NOT NULL,
      call TEXT NOT NULL,
      thread TEXT,
      tool TEXT NOT NULL,
      plugin TEXT NOT NULL,
      effect TEXT NOT NULL,
      args TEXT NOT NULL,
      reason TEXT,
      lease TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      answered_at INTEGER,
      answered_by TEXT,
      UNIQUE (execution, call)
    ) STRICT;
    CREATE INDEX approvals_pending ON approvals (created_at) WHERE state = 'PENDING';
    CREATE TRIGGER approvals_final BEFORE UPDATE ON approvals WHEN OLD.state <> 'PENDING'
    BEGIN SELECT RAISE(ABORT, 'an answer never changes'); END;
  `,
};
