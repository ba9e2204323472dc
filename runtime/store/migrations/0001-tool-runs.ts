import type { Migration } from './migration.ts';

/**
 * A run that succeeds costs two page writes, one as it begins and one as it ends, so the table carries no index that
 * such a run touches:
 *
 * - `seq` is the number of the id's time and counter (`sequenceOf`). It finds a run by its id, keeps the rows in the
 *   order of their ids and makes a second run with the same place fail alone.
 * - The index on states holds failed runs only. A list of them is read straight from it; lists by plugin or tool look
 *   through windows of the newest runs (an index on tools, with 200 in use, cost as much as everything else).
 * - Open runs are found at boot through `ledger_mark`, one row. Promise: **a run that is open is at or above
 *   `ledger_mark.seq`, or `ledger_mark.open` (a JSON array of seqs) names it.** The writer knows every open run, as it
 *   recorded each one and recovery left none. It keeps the promise in every commit, so a crash at any moment finds it kept:
 *   1. The row is written as "above all seqs so far; open: all that the writer knows", which promises nothing of a
 *      run that comes later and names every one that is there. What it names too much is final or not there: harmless.
 *   2. A run that is recorded later is above the mark, or, when its id is older than that, the row is written anew
 *      with its name before it, in the same transaction or an earlier one.
 *   3. No final run opens again (trigger), and a transaction that is undone takes the row back with it. The writer
 *      then believes in too high a mark, which only makes it do 2. needlessly.
 *   No clock and no order of arrival is trusted. The row is written once every 1,000 ends, or as many as runs are
 *   open, and at a stop, so a boot reads few rows.
 *
 * `args` and `result` come last: SQLite reads the columns before them without touching their overflow pages. The
 * checks are chains of OR because SQLite builds a temporary index for an IN of more than two values at each write:
 * 3.5 of 9.6 µs a run.
 */
export const toolRuns: Migration = {
  version: 1,
  name: 'tool-runs',
  sql: `
    CREATE TABLE tool_runs (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state = 'RUNNING' OR state = 'SUCCEEDED' OR state = 'QUEUED' OR state = 'FAILED' OR
        state = 'DENIED' OR state = 'CANCELED' OR state = 'UNKNOWN'),
      effect TEXT NOT NULL CHECK (effect = 'read' OR effect = 'idempotent' OR effect = 'reversible' OR
        effect = 'irreversible'),
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
    CREATE INDEX tool_runs_not_succeeded ON tool_runs (state)
      WHERE state <> 'RUNNING' AND state <> 'SUCCEEDED' AND state <> 'QUEUED';
    CREATE TABLE ledger_mark (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, open TEXT NOT NULL) STRICT;

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
