import type Database from 'better-sqlite3';
import { markAllFinal, openSeqs } from './open-runs.ts';

/** How many tool runs the end of the previous kernel had left open, by what they became. */
export interface RecoveredRuns {
  readonly failed: number;
  readonly unknown: number;
  readonly canceled: number;
}

/** What a boot found, and a number that no recorded seq reaches. */
interface Recovery {
  readonly recovered: RecoveredRuns;
  readonly aboveAll: number;
}

/** Gives every open run of a kernel that is gone its final state. Only for the one who holds the data directory. */
export function recoverRuns(db: Database.Database, nowMs: number): Recovery {
  return db
    .transaction(() => {
      const open = openSeqs(db);
      const close = (state: string, error: string, which: string): number =>
        db
          .prepare(
            `UPDATE tool_runs SET state = ?, error = ?, ended_at = ?
              WHERE seq IN (SELECT value FROM json_each(?)) AND ${which}`,
          )
          .run(state, error, nowMs, open).changes;
      const recovered = {
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
      };
      return { recovered, aboveAll: markAllFinal(db) };
    })
    .immediate();
}
