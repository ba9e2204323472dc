import type Database from 'better-sqlite3';

/** How many tool runs the end of the previous kernel had left open, by what they became. */
export interface RecoveredRuns {
  readonly failed: number;
  readonly unknown: number;
  readonly canceled: number;
}

/** The words of the index on states, without which SQLite would read every run. */
const INDEXED = `state <> 'SUCCEEDED'`;

/** Gives every open run of a kernel that is gone its final state. Only for the one who holds the data directory. */
export function recoverRuns(db: Database.Database, nowMs: number): RecoveredRuns {
  const close = (state: string, error: string, which: string): number =>
    db
      .prepare(`UPDATE tool_runs SET state = ?, error = ?, ended_at = ? WHERE ${which} AND ${INDEXED}`)
      .run(state, error, nowMs).changes;
  return db
    .transaction(() => ({
      canceled: close('CANCELED', 'The kernel stopped before it started', `state = 'QUEUED'`),
      failed: close(
        'FAILED',
        'The kernel stopped while it was running; it may be repeated safely',
        `state = 'RUNNING' AND effect IN ('read','idempotent')`,
      ),
      unknown: close(
        'UNKNOWN',
        'The kernel stopped while it was running; whether its effect happened is not known',
        `state = 'RUNNING'`,
      ),
    }))
    .immediate();
}
