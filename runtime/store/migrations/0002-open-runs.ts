import type { Migration } from './migration.ts';

/**
 * Open runs are found by an index of their own. Runs come to the table in batches, most of them final, and those touch
 * it neither as they come nor later: it is as small as the number of open runs, and `ledger_mark` is not needed any more.
 */
export const openRuns: Migration = {
  version: 2,
  name: 'open-runs',
  sql: `
    DROP TABLE ledger_mark;
    CREATE INDEX tool_runs_open ON tool_runs (state) WHERE ended_at IS NULL;
  `,
};
