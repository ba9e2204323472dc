import type { Migration } from './migration.ts';

/**
 * Signals are facts: nothing changes or deletes one. Their `seq` is the order in which they were committed, as there is one
 * writer, so a subscriber that has a cursor misses none. A directive's intent never changes, and its end is for good.
 */
export const work: Migration = {
  version: 8,
  name: 'work',
  sql: `
    CREATE TABLE signals (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      group_id TEXT,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      name TEXT NOT NULL,
      subject TEXT,
      data TEXT NOT NULL,
      dedupe_key TEXT UNIQUE,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER signals_fixed BEFORE UPDATE ON signals
    BEGIN SELECT RAISE(ABORT, 'a signal never changes'); END;
    CREATE TRIGGER signals_kept BEFORE DELETE ON signals
    BEGIN SELECT RAISE(ABORT, 'signals are kept'); END;
    -- INSERT OR REPLACE deletes without the trigger above on connections that did not ask for recursive triggers.
    CREATE TRIGGER signals_new BEFORE INSERT ON signals
    WHEN EXISTS (SELECT 1 FROM signals WHERE seq = NEW.seq OR id = NEW.id OR dedupe_key = NEW.dedupe_key)
    BEGIN SELECT RAISE(ABORT, 'a signal is never replaced'); END;

    CREATE TABLE signal_cursors (
      subscriber TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      retry_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE directives (
      id TEXT PRIMARY KEY,
      group_id TEXT,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      kind TEXT NOT NULL,
      payload TEXT NOT NULL,
      idempotency_key TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL CHECK (state IN ('requested','running','succeeded','failed','canceled','unknown')),
      reason TEXT,
      run_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      max_attempts INTEGER NOT NULL,
      execution_id TEXT,
      run_id TEXT,
      rerun_of TEXT REFERENCES directives (id),
      undo TEXT,
      result TEXT,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER
    ) STRICT;
    CREATE INDEX directives_due ON directives (run_at, id) WHERE state = 'requested' AND execution_id IS NULL;
    CREATE INDEX directives_open ON directives (id) WHERE state = 'requested' OR state = 'running';
    CREATE INDEX directives_unknown ON directives (kind) WHERE state = 'unknown';
    CREATE INDEX directives_run ON directives (run_id) WHERE run_id IS NOT NULL;
    CREATE TRIGGER directives_final BEFORE UPDATE ON directives
    WHEN OLD.state IN ('succeeded','failed','canceled')
    BEGIN SELECT RAISE(ABORT, 'a directive that has ended never changes'); END;
    CREATE TRIGGER directives_identity BEFORE UPDATE OF
      id, group_id, user_id, actor, kind, payload, idempotency_key, execution_id, rerun_of, created_at ON directives
    BEGIN SELECT RAISE(ABORT, 'what a directive wants never changes'); END;
    CREATE TRIGGER directives_kept BEFORE DELETE ON directives
    BEGIN SELECT RAISE(ABORT, 'directives are kept'); END;

    -- What is known by now of runs that were UNKNOWN.
    CREATE TABLE run_verdicts (
      run_id TEXT PRIMARY KEY,
      happened INTEGER NOT NULL CHECK (happened IN (0, 1)),
      note TEXT NOT NULL,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER run_verdicts_fixed BEFORE UPDATE ON run_verdicts
    BEGIN SELECT RAISE(ABORT, 'a verdict never changes'); END;
    CREATE TRIGGER run_verdicts_kept BEFORE DELETE ON run_verdicts
    BEGIN SELECT RAISE(ABORT, 'verdicts are kept'); END;
  `,
};
