import type Database from 'better-sqlite3';

/** A run that is not final yet. */
export interface OpenRun {
  readonly seq: number;
  readonly group: string | null;
}

/** The mark is written anew after this many ends: a boot reads about as many rows, in 0.2 ms. */
const ENDS_PER_MARK = 1_000;

const OPEN_SEQS = `
  SELECT json_group_array(seq) FROM (
    SELECT seq FROM tool_runs
      WHERE seq >= coalesce((SELECT seq FROM ledger_mark), 0) AND state IN ('QUEUED','RUNNING')
    UNION
    SELECT seq FROM tool_runs
      WHERE seq IN (SELECT value FROM ledger_mark, json_each(ledger_mark.open)) AND state IN ('QUEUED','RUNNING'))`;

/** The open runs on record, as a JSON array of their seqs, found through the mark. */
export function openSeqs(db: Database.Database): string {
  return db.prepare<[], string>(OPEN_SEQS).pluck().get() ?? '[]';
}

/** Notes that no run is open. Returns a number that no recorded seq reaches. */
export function markAllFinal(db: Database.Database): number {
  const mark = db
    .prepare<[], number>(
      `SELECT max(coalesce((SELECT seq FROM ledger_mark), 0), coalesce((SELECT max(seq) + 1 FROM tool_runs), 0))`,
    )
    .pluck()
    .get();
  prepareMark(db).run(mark ?? 0, '[]');
  return mark ?? 0;
}

/**
 * The runs that a ledger recorded and that are not final, and the mark by which the next boot finds them; the
 * migration of `tool_runs` says why that is certain. Methods named "in a write" are called inside a transaction.
 */
export class OpenRuns {
  readonly #runs = new Map<string, OpenRun>();
  readonly #writeMark: Database.Statement<[number, string]>;
  /** The mark on record, or more when a transaction that raised it was undone. */
  #mark: number;
  #aboveAll: number;
  #ends = 0;

  /** No run is open, and all on record are below `mark`. */
  constructor(db: Database.Database, mark: number) {
    this.#writeMark = prepareMark(db);
    this.#mark = mark;
    this.#aboveAll = mark;
  }

  /** In a write: records a run by `insert`. When its commit fails, the caller calls `remove`. */
  enter(id: string, run: OpenRun, insert: () => void): void {
    this.#runs.set(id, run);
    this.#aboveAll = Math.max(this.#aboveAll, run.seq + 1);
    try {
      if (run.seq < this.#mark) this.moveMark();
      insert();
    } catch (error) {
      this.#runs.delete(id);
      throw error;
    }
  }

  /** The open run with this id, if the group (null: every group) may see it. */
  find(id: string, group: string | null): OpenRun | undefined {
    const run = this.#runs.get(id);
    return group === null || run?.group === group ? run : undefined;
  }

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** In a write, before a run ends: moves the mark when that is due. */
  moveMarkIfDue(): void {
    if (this.#ends >= Math.max(ENDS_PER_MARK, this.#runs.size)) this.moveMark();
  }

  /** After the commit in which a run ended, or did not begin. */
  remove(id: string): void {
    if (this.#runs.delete(id)) this.#ends += 1;
  }

  /** In a write: notes which runs are open. */
  moveMark(): void {
    this.#mark = this.#aboveAll;
    this.#ends = 0;
    this.#writeMark.run(this.#mark, JSON.stringify(Array.from(this.#runs.values(), ({ seq }) => seq)));
  }
}

function prepareMark(db: Database.Database): Database.Statement<[number, string]> {
  return db.prepare('INSERT OR REPLACE INTO ledger_mark VALUES (1, ?, ?)');
}
