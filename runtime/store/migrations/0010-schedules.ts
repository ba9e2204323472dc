import type { Migration } from './migration.ts';

/** What fires at a time. When and what never changes: another plan is another schedule, to be confirmed anew. */
export const schedules: Migration = {
  version: 10,
  name: 'schedules',
  sql: `
    CREATE TABLE schedules (
      id TEXT PRIMARY KEY,
      group_id TEXT,
      user_id TEXT NOT NULL,
      actor TEXT NOT NULL,
      title TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('proposed','armed','paused','done','removed')),
      cron TEXT,
      at INTEGER,
      time_zone TEXT NOT NULL,
      words TEXT NOT NULL,
      missed TEXT NOT NULL CHECK (missed IN ('skip','once')),
      action TEXT NOT NULL,
      next_at INTEGER,
      last_at INTEGER,
      armed_by TEXT,
      created_at INTEGER NOT NULL,
      CHECK ((cron IS NULL) <> (at IS NULL))
    ) STRICT;
    CREATE INDEX schedules_due ON schedules (next_at) WHERE state = 'armed';
    CREATE TRIGGER schedules_plan BEFORE UPDATE OF
      id, group_id, user_id, actor, title, cron, at, time_zone, words, missed, action, created_at ON schedules
    BEGIN SELECT RAISE(ABORT, 'what a schedule does never changes'); END;
  `,
};
