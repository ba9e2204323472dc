import type { Migration } from './migration.ts';

/** The kept end of a timeline goes back only together with an entry of the audit that says from where to where. */
export const acceptedHeads: Migration = {
  version: 6,
  name: 'accepted heads of timelines',
  sql: `
    DROP TRIGGER timeline_heads_grow;
    CREATE TRIGGER timeline_heads_grow BEFORE UPDATE ON timeline_heads
    WHEN NEW.tenant <> OLD.tenant OR (NEW.seq <= OLD.seq AND NOT EXISTS (
      SELECT 1 FROM settings_audit
        WHERE id = (SELECT max(id) FROM settings_audit) AND tenant = OLD.tenant AND key = 'timeline.head'
          AND old_value = json_quote(OLD.seq || ' ' || OLD.hash) AND new_value = json_quote(NEW.seq || ' ' || NEW.hash)))
    BEGIN SELECT RAISE(ABORT, 'the head of a timeline only moves on'); END;
  `,
};
