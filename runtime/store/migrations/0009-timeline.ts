import type { Migration } from './migration.ts';

/**
 * One ordered, hash-chained view of what happened. Triggers note in `timeline_outbox` what an entry is due for, in the
 * transaction in which it happens: one append to a table that is empty most of the time, so tool runs pay next to
 * nothing. A follower turns the notes into entries in batches. Runs that ended before this are noted once, here.
 */
export const timeline: Migration = {
  version: 9,
  name: 'timeline',
  sql: `
    CREATE TABLE timeline_outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      ref TEXT NOT NULL,
      what TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    INSERT INTO timeline_outbox (kind, ref, what, at)
      SELECT 'run', id, state, ended_at FROM tool_runs WHERE ended_at IS NOT NULL ORDER BY seq;
    INSERT INTO timeline_outbox (kind, ref, what, at)
      SELECT 'approval', id, state, coalesce(answered_at, created_at) FROM approvals ORDER BY id;

    CREATE TRIGGER timeline_new_run AFTER INSERT ON tool_runs WHEN NEW.ended_at IS NOT NULL
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at) VALUES ('run', NEW.id, NEW.state, NEW.ended_at); END;
    CREATE TRIGGER timeline_run AFTER UPDATE ON tool_runs WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at) VALUES ('run', NEW.id, NEW.state, NEW.ended_at); END;
    CREATE TRIGGER timeline_new_directive AFTER INSERT ON directives
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at) VALUES ('directive', NEW.id, NEW.state, NEW.created_at); END;
    CREATE TRIGGER timeline_directive AFTER UPDATE ON directives WHEN OLD.state <> NEW.state
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at)
      VALUES ('directive', NEW.id, NEW.state, coalesce(NEW.ended_at, NEW.started_at, NEW.created_at)); END;
    CREATE TRIGGER timeline_new_approval AFTER INSERT ON approvals
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at) VALUES ('approval', NEW.id, NEW.state, NEW.created_at); END;
    CREATE TRIGGER timeline_approval AFTER UPDATE ON approvals WHEN OLD.state <> NEW.state
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at)
      VALUES ('approval', NEW.id, NEW.state, coalesce(NEW.answered_at, NEW.expires_at)); END;
    CREATE TRIGGER timeline_signal AFTER INSERT ON signals
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at) VALUES ('signal', NEW.id, NEW.name, NEW.at); END;
    CREATE TRIGGER timeline_verdict AFTER INSERT ON run_verdicts
    BEGIN INSERT INTO timeline_outbox (kind, ref, what, at)
      VALUES ('verdict', NEW.run_id, CASE NEW.happened WHEN 1 THEN 'happened' ELSE 'not-happened' END, NEW.at); END;

    CREATE TABLE timeline (
      seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      ref TEXT NOT NULL,
      what TEXT NOT NULL,
      subject TEXT NOT NULL,
      group_id TEXT,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      digest TEXT NOT NULL,
      prev TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX timeline_ref ON timeline (ref);
    CREATE TRIGGER timeline_fixed BEFORE UPDATE ON timeline
    BEGIN SELECT RAISE(ABORT, 'an entry of the timeline never changes'); END;
    CREATE TRIGGER timeline_kept BEFORE DELETE ON timeline
    BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the timeline'); END;
    CREATE TRIGGER timeline_linked BEFORE INSERT ON timeline
    WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM timeline)
      OR NEW.prev <> coalesce((SELECT hash FROM timeline ORDER BY seq DESC LIMIT 1), '')
    BEGIN SELECT RAISE(ABORT, 'an entry of the timeline follows the last one'); END;

    -- How far the audit of settings, which is in the database of the kernel, was followed.
    CREATE TABLE timeline_cursors (source TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
};
