import type { Migration } from './migration.ts';

/** Every model call with what it took, and what each subject of a budget has spent on a day, reservations included. */
export const modelUsage: Migration = {
  version: 5,
  name: 'model usage',
  sql: `
    CREATE TABLE model_usage (
      id TEXT PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN ('RESERVED', 'SETTLED')),
      at INTEGER NOT NULL,
      day INTEGER NOT NULL,
      tenant TEXT NOT NULL,
      user_id TEXT NOT NULL,
      assistant TEXT,
      thread_id TEXT,
      execution_id TEXT,
      model TEXT NOT NULL,
      input_tokens INTEGER,
      output_tokens INTEGER,
      cache_read_tokens INTEGER,
      cache_write_tokens INTEGER,
      reserved_micros INTEGER,
      cost_micros INTEGER,
      is_estimated INTEGER NOT NULL CHECK (is_estimated IN (0, 1))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX model_usage_at ON model_usage (tenant, at);
    CREATE INDEX model_usage_open ON model_usage (state) WHERE state = 'RESERVED';

    CREATE TABLE budget_days (
      tenant TEXT NOT NULL,
      day INTEGER NOT NULL,
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      spent_micros INTEGER NOT NULL,
      alerted_percent INTEGER NOT NULL,
      PRIMARY KEY (tenant, day, kind, subject)
    ) STRICT, WITHOUT ROWID;
  `,
};
