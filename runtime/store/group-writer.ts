import type Database from 'better-sqlite3';
import { NexusError } from '../base/errors.ts';
import { storeFailure } from './sqlite-error.ts';

/** Runs its statements. What it throws rejects its own write only. */
export type Write = () => void;

interface WaitingWrite {
  readonly write: Write;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const MAX_WAITING_WRITES = 1_024;
const MAX_WAITING_BYTES = 8 * 1_048_576;

/**
 * Commits all writes of one event-loop turn in one transaction. A promise settles after the commit that holds its
 * write. What waits is bounded: at 1,024 writes or 8 MiB it is committed at once instead of at the end of the turn.
 */
export class GroupWriter {
  readonly #db: Database.Database;
  readonly #begin: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  #waiting: WaitingWrite[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Immediate | null = null;
  #closed = false;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
  }

  /** Adds a write of roughly `bytes` bytes to the next commit. When one of its statements fails, those before it stay. */
  write(write: Write, bytes = 0): Promise<void> {
    if (this.#closed) return Promise.reject(new NexusError('STORE_CLOSED'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ write, resolve, reject });
    this.#waitingBytes += bytes;
    if (this.#waiting.length >= MAX_WAITING_WRITES || this.#waitingBytes >= MAX_WAITING_BYTES) this.flush();
    else this.#timer ??= setImmediate(this.flush);
    return promise;
  }

  /** The same, with the commit at once: for what somebody waits for, who else gets behind all other work of this turn of the loop. */
  writeNow(write: Write): Promise<void> {
    const written = this.write(write);
    this.flush();
    return written;
  }

  /** Commits what waits, now. Never throws: failures reject the writes they concern. */
  readonly flush = (): void => {
    if (this.#timer !== null) clearImmediate(this.#timer);
    this.#timer = null;
    const group = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (group.length === 0) return;

    try {
      const failures = this.#commitGroup(group);
      for (const waiting of group) {
        const failure = failures?.get(waiting);
        if (failure === undefined) waiting.resolve();
        else waiting.reject(failure);
      }
    } catch (error) {
      const failure = storeFailure(this.#db.name, error);
      for (const waiting of group) waiting.reject(failure);
    }
  };

  /** Commits what waits and refuses further writes. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  #commitGroup(group: readonly WaitingWrite[]): Map<WaitingWrite, unknown> | undefined {
    let failures: Map<WaitingWrite, unknown> | undefined;
    this.#begin.run();
    try {
      for (const waiting of group) {
        try {
          waiting.write();
        } catch (error) {
          // A full disk or a damaged page ends the whole transaction; a broken rule only its own statement.
          if (!this.#db.inTransaction) throw error;
          failures ??= new Map();
          failures.set(waiting, storeFailure(this.#db.name, error));
        }
      }
      this.#commit.run();
      return failures;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}
