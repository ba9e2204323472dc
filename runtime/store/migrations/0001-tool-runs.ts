import type { Migration } from './migration.ts';

/**
 * `seq` gives the order of recording; every index ends with it, so lists are read newest first without sorting and
 * index entries stay short. `args` and `result` come last: SQLite reads the columns before them without touching
 * their overflow pages.
 *
 * Each index costs every write about a microsecond, and as many pages as distinct values are written in one group:
 * an index on tools, with 200 tools in use, took as long as everything else together. So there is none on plugins
 * and tools; their lists look through windows of the newest runs.
 *
 * The index on states leaves SUCCEEDED out: it stays small however many runs there are, finds open runs at boot and
 * the rare failed ones in lists.
 */
export const toolRuns: Migration = {
  version: 1,
  name: 'tool-runs',
  sql: `
    CREATE TABLE tool_runs (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL CHECK (state IN ('QUEUED','RUNNING','SUCCEEDED','FAILED','DENIED','CANCELED','UNKNOWN')),
      effect TEXT NOT NULL CHECK (effect IN ('read','idempotent','reversible','irreversible')),
      plugin TEXT NOT NULL,
      tool TEXT NOT NULL,
      group_id TEXT,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      source TEXT NOT NULL,
      client TEXT,
      queued_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      error TEXT,
      args TEXT,
      result TEXT
    ) STRICT;
    CREATE INDEX tool_runs_state ON tool_runs (state) WHERE state <> 'SUCCEEDED';

    CREATE TRIGGER tool_runs_final BEFORE UPDATE ON tool_runs
    WHEN OLD.state NOT IN ('QUEUED','RUNNING') OR (OLD.state = 'RUNNING' AND NEW.state = 'QUEUED')
    BEGIN SELECT RAISE(ABORT, 'a final tool run never changes'); END;

    CREATE TRIGGER tool_runs_identity BEFORE UPDATE OF
      seq, id, effect, plugin, tool, group_id, user_id, actor, source, client, queued_at, args ON tool_runs
    BEGIN SELECT RAISE(ABORT, 'what a tool run was asked to do never changes'); END;

    -- A row exists here only inside the transaction of a purge.
    CREATE TABLE purge_permit (reason TEXT NOT NULL) STRICT;
    CREATE TRIGGER tool_runs_kept BEFORE DELETE ON tool_runs
    WHEN OLD.state IN ('QUEUED','RUNNING') OR NOT EXISTS (SELECT 1 FROM purge_permit)
    BEGIN SELECT RAISE(ABORT, 'tool runs are deleted by a purge only'); END;
  `,
};
