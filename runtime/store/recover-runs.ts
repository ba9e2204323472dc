import type Database from 'better-sqlite3';
import type { JournalEntry, RunRow } from './journal-lines.ts';
import { RunTable } from './run-table.ts';

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

/**
 * Brings the table up to the journal of a kernel that is gone and gives every run still open its final state. Doing it
 * again changes nothing, so the journal may be emptied at any time later. Only for the one who holds the data directory.
 */
export function recoverRuns(
  db: Database.Database,
  journal: readonly JournalEntry[],
  nowMs: number,
): Recovery {
  return db
    .transaction(() => {
      replay(new RunTable(db), journal);
      const close = (state: string, error: string, which: string): number =>
        db
          .prepare(
            `UPDATE tool_runs SET state = ?, error = ?, ended_at = ? WHERE ended_at IS NULL AND ${which}`,
          )
          .run(state, error, nowMs).changes;
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
      const highest = db.prepare<[], number | null>('SELECT max(seq) FROM tool_runs').pluck().get();
      return { recovered, aboveAll: (highest ?? -1) + 1 };
    })
    .immediate();
}

function replay(table: RunTable, journal: readonly JournalEntry[]): void {
  const rows = new Map<string, RunRow>();
  for (const entry of journal) {
    const row = 'plugin' in entry ? entry : changed(rows.get(entry.id) ?? table.find(entry.seq), entry);
    // Without its beginning an outcome says too little. Only a power cut or damage takes that away.
    if (row !== undefined) rows.set(row.id, row);
  }
  for (const row of rows.values()) table.put(row);
}

function changed(row: RunRow | undefined, change: JournalEntry): RunRow | undefined {
  return row?.id === change.id ? { ...row, ...change } : undefined;
}
