import type { Migration } from './migration.ts';

/** The last entry of each tenant's timeline: a chain does not show by itself that its end was cut off. */
export const timelineHeads: Migration = {
  version: 5,
  name: 'timeline heads',
  sql: `
    CREATE TABLE timeline_heads (
      tenant TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      hash TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER timeline_heads_grow BEFORE UPDATE ON timeline_heads
    WHEN NEW.tenant <> OLD.tenant OR NEW.seq <= OLD.seq
    BEGIN SELECT RAISE(ABORT, 'the head of a timeline only moves on'); END;
    CREATE TRIGGER timeline_heads_kept BEFORE DELETE ON timeline_heads
    BEGIN SELECT RAISE(ABORT, 'the head of a timeline is kept'); END;
  `,
};
