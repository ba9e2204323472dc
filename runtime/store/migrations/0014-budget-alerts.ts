import type { Migration } from './migration.ts';

/** Of what a subject has spent on a day `reserved_micros` is only set aside; which shares of a budget were reached when. */
export const budgetAlerts: Migration = {
  version: 14,
  name: 'budget alerts',
  sql: `
    ALTER TABLE budget_days ADD COLUMN reserved_micros INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE budget_days DROP COLUMN alerted_percent;

    CREATE TABLE budget_alerts (
      tenant TEXT NOT NULL,
      day INTEGER NOT NULL,
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      percent INTEGER NOT NULL,
      spent_micros INTEGER NOT NULL,
      limit_micros INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (tenant, day, kind, subject, percent)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX budget_alerts_at ON budget_alerts (tenant, at);
  `,
};
