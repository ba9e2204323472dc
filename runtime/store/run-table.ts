import type Database from 'better-sqlite3';
import type { RunRow } from './journal-lines.ts';

type Value = string | number | null;

/** The table of runs, as those use it who keep it: the ledger while it runs, and recovery at boot. */
export class RunTable {
  readonly #put: Database.Statement<Value[]>;
  readonly #find: Database.Statement<[number], RunRow>;
  readonly #putAll: Database.Transaction<(rows: Iterable<RunRow>) => void>;

  constructor(db: Database.Database) {
    // A run that is there changes only forward, so that putting an old row again, as a replay may, changes nothing.
    this.#put = db.prepare(
      `INSERT INTO tool_runs (seq, id, state, effect, plugin, tool, group_id, user_id, actor, source, client,
          queued_at, started_at, ended_at, error, args, result)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (seq) DO UPDATE SET state = excluded.state, started_at = excluded.started_at,
          ended_at = excluded.ended_at, error = excluded.error, result = excluded.result
        WHERE tool_runs.ended_at IS NULL AND tool_runs.id = excluded.id AND excluded.state <> 'QUEUED'`,
    );
    this.#find = db.prepare(
      `SELECT seq, id, state, effect, plugin, tool, group_id AS "group", user_id AS user, actor, source, client,
          queued_at AS queuedAt, started_at AS startedAt, ended_at AS endedAt, error, args, result
        FROM tool_runs WHERE seq = ?`,
    );
    this.#putAll = db.transaction((rows: Iterable<RunRow>) => {
      for (const row of rows) this.put(row);
    });
  }

  find(seq: number): RunRow | undefined {
    return this.#find.get(seq);
  }

  put(row: RunRow): void {
    this.#put.run(
      row.seq,
      row.id,
      row.state,
      row.effect,
      row.plugin,
      row.tool,
      row.group,
      row.user,
      row.actor,
      row.source,
      row.client,
      row.queuedAt,
      row.startedAt,
      row.endedAt,
      row.error,
      row.args,
      row.result,
    );
  }

  /** In one transaction: all or none. */
  putAll(rows: Iterable<RunRow>): void {
    this.#putAll.immediate(rows);
  }
}
