import type { Migration } from './migration.ts';

/** Live settings and the record of their changes. A cleared setting keeps its row, and with it its version. */
export const settings: Migration = {
  version: 2,
  name: 'settings',
  sql: `
    CREATE TABLE settings (
      tenant TEXT NOT NULL,
      key TEXT NOT NULL,
      value TEXT,
      encrypted INTEGER NOT NULL CHECK (encrypted IN (0, 1)),
      category TEXT NOT NULL,
      version INTEGER NOT NULL CHECK (version > 0),
      updated_at INTEGER NOT NULL,
      updated_by TEXT NOT NULL,
      PRIMARY KEY (tenant, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE settings_audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      key TEXT NOT NULL,
      version INTEGER NOT NULL,
      old_value TEXT,
      new_value TEXT,
      changed_at INTEGER NOT NULL,
      changed_by TEXT NOT NULL
    ) STRICT;
    CREATE INDEX settings_audit_key ON settings_audit (tenant, key, id);

    CREATE TRIGGER settings_audit_fixed BEFORE UPDATE ON settings_audit
    BEGIN SELECT RAISE(ABORT, 'what is in the audit never changes'); END;
    -- INSERT OR REPLACE deletes without the trigger below on connections that did not ask for recursive triggers.
    CREATE TRIGGER settings_audit_new BEFORE INSERT ON settings_audit
    WHEN EXISTS (SELECT 1 FROM settings_audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'what is in the audit is never replaced'); END;
    CREATE TRIGGER settings_audit_kept BEFORE DELETE ON settings_audit
    BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the audit'); END;
  `,
};
