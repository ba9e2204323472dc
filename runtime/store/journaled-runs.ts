import type Database from 'better-sqlite3';
import { NexusError } from '../base/errors.ts';
import type { JournalFile } from './journal-file.ts';
import { encodeLine, type JournalEntry, type RunChange, type RunRow } from './journal-lines.ts';
import { RunTable } from './run-table.ts';
import { storeFailure } from './sqlite-error.ts';

/** What one turn of the event loop brings is written at once when it is this much. */
const MAX_TURN_CHANGES = 1_024;
const MAX_TURN_CHARS = 1_048_576;
/** A batch of so many takes 0.4 ms, and calls meanwhile wait: larger ones save little and delay longer. */
const BATCH_RUNS = 128;
/** By how much other programs that read the database are behind at most. */
const BATCH_DELAY_MS = 50;
const RETRY_DELAY_MS = 1_000;
/** Emptying a journal of this size takes 0.1 ms, reading it at boot 20 ms. */
const JOURNAL_BYTES = 1_048_576;

/** The changes of one turn of the event loop, which are on record together or not at all. */
interface Turn {
  lines: string;
  readonly changes: { readonly before: RunRow | undefined; readonly row: RunRow }[];
  readonly recorded: PromiseWithResolvers<void>;
}

/**
 * The runs of a tenant as they change. All changes of a turn of the event loop are appended to the journal with one
 * write, and then they are on record; the table gets the runs in batches, each as it is by then, so that most are one
 * insert that touches no index.
 *
 * What waits is bounded: while the table takes no batch, no run can be added, and those that are open can still end.
 */
export class JournaledRuns {
  readonly #db: Database.Database;
  readonly #table: RunTable;
  readonly #journal: JournalFile;
  readonly #open = new Map<string, RunRow>();
  /** Open runs that the table does not have as they are, by seq. */
  readonly #begun = new Map<number, RunRow>();
  /** Ended runs that the table does not have as they are, by seq. */
  readonly #ended = new Map<number, RunRow>();
  #aboveAll: number;
  #turn: Turn | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isBatchDue = false;
  #isRefused = false;
  #isClosed = false;

  /** No run is open, all on record are below `aboveAll`, and the table has all that is in the journal. */
  constructor(db: Database.Database, journal: JournalFile, aboveAll: number) {
    this.#db = db;
    this.#table = new RunTable(db);
    this.#journal = journal;
    this.#aboveAll = aboveAll;
  }

  findOpen(id: string): RunRow | undefined {
    return this.#open.get(id);
  }

  /** The run in this place, open or not. */
  find(seq: number): RunRow | undefined {
    if (seq >= this.#aboveAll) return undefined;
    try {
      return this.#begun.get(seq) ?? this.#ended.get(seq) ?? this.#table.find(seq);
    } catch (error) {
      throw storeFailure(this.#db.name, error);
    }
  }

  /** Records an open run, of which the place is free. Settles when it is on record. */
  async add(row: RunRow): Promise<void> {
    if (this.#isRefused) this.flush();
    this.#aboveAll = Math.max(this.#aboveAll, row.seq + 1);
    await this.#record(undefined, row, row);
  }

  /** Records what becomes of an open run. Settles when it is on record. */
  async change(row: RunRow, change: RunChange): Promise<void> {
    await this.#record(row, { ...row, ...change }, change);
  }

  /** Brings the table up to date. Throws STORE_WRITE_FAILED or STORE_CORRUPT when it cannot, and will try again by itself. */
  flush(): void {
    this.#store(true);
  }

  /** Brings the table up to date and empties the journal: what is deleted from the table now, no replay brings back. */
  settle(): void {
    this.flush();
    this.#journal.empty();
  }

  /** Settles everything and refuses changes from now on. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    attempt(() => this.settle());
    this.#isClosed = true;
    this.#wait(null);
    this.#journal.close();
  }

  #record(before: RunRow | undefined, row: RunRow, entry: JournalEntry): Promise<void> {
    if (this.#isClosed) throw new NexusError('STORE_CLOSED');
    if (this.#turn === null) {
      this.#turn = { lines: '', changes: [], recorded: Promise.withResolvers() };
      setImmediate(this.#write);
    }
    const { changes, recorded } = this.#turn;
    this.#turn.lines += encodeLine(entry);
    changes.push({ before, row });
    this.#keep(row);
    if (changes.length >= MAX_TURN_CHANGES || this.#turn.lines.length >= MAX_TURN_CHARS) this.#write();
    return recorded.promise;
  }

  /** Appends the changes of this turn to the journal. Never throws: a failure undoes them and rejects their promises. */
  readonly #write = (): void => {
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    try {
      this.#journal.append(turn.lines);
    } catch (error) {
      for (const { before, row } of turn.changes.toReversed()) this.#undo(before, row);
      turn.recorded.reject(error);
      return;
    }
    turn.recorded.resolve();
    if (this.#timer === null) this.#wait(BATCH_DELAY_MS);
    const isDue = this.#ended.size >= BATCH_RUNS || this.#journal.bytes >= JOURNAL_BYTES;
    if (!isDue || this.#isBatchDue || this.#isRefused) return;
    // Those who wait for this turn go on first.
    this.#isBatchDue = true;
    setImmediate(this.#storeBatch);
  };

  readonly #storeBatch = (): void => {
    this.#isBatchDue = false;
    if (this.#isClosed) return;
    attempt(() => this.#store(this.#journal.bytes >= JOURNAL_BYTES));
  };

  #keep(row: RunRow): void {
    if (row.endedAt === null) {
      this.#open.set(row.id, row);
      this.#begun.set(row.seq, row);
    } else {
      this.#open.delete(row.id);
      this.#begun.delete(row.seq);
      this.#ended.set(row.seq, row);
    }
  }

  #undo(before: RunRow | undefined, { id, seq }: RunRow): void {
    this.#open.delete(id);
    this.#begun.delete(seq);
    this.#ended.delete(seq);
    if (before !== undefined) this.#keep(before);
  }

  /** Stores the runs that ended, or all: an open one would have to be stored again, so they come when they must. */
  #store(isAll: boolean): void {
    if (this.#isClosed) throw new NexusError('STORE_CLOSED');
    this.#write();
    try {
      const rows = [...this.#ended.values(), ...(isAll ? this.#begun.values() : [])];
      if (rows.length > 0) this.#table.putAll(rows);
      this.#ended.clear();
      this.#isRefused = false;
      if (!isAll) return;
      this.#begun.clear();
      this.#wait(null);
      if (this.#journal.bytes >= JOURNAL_BYTES) this.#journal.empty();
    } catch (error) {
      this.#isRefused = true;
      this.#wait(RETRY_DELAY_MS);
      throw storeFailure(this.#db.name, error);
    }
  }

  #wait(delayMs: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = delayMs === null ? null : setTimeout(() => attempt(() => this.flush()), delayMs).unref();
  }
}

/** What could not be stored stays in the journal. The next run that is to begin, or the next read, meets the failure. */
function attempt(store: () => void): void {
  try {
    store();
  } catch (error) {
    if (!(error instanceof NexusError)) throw error;
  }
}
