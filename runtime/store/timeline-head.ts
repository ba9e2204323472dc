import type Database from 'better-sqlite3';
import type { TimelineEntry, Verification } from '../contract/timeline.ts';

type Link = Pick<TimelineEntry, 'seq' | 'hash'>;

/**
 * The last entry of a timeline, kept in the kernel's database after each batch. It may be behind the timeline when the
 * kernel was killed in between, never before it.
 */
export class TimelineHead {
  readonly #db: Database.Database;
  readonly #kernel: Database.Database;
  readonly #tenant: string;
  readonly #last: Database.Statement<[], Link>;
  readonly #hash: Database.Statement<[number], string>;
  readonly #kept: Database.Statement<[string], Link>;
  readonly #keep: Database.Statement<[string, number, string]>;
  readonly #audit: Database.Statement<[Record<string, string | number>]>;

  constructor(db: Database.Database, kernel: Database.Database, tenant: string) {
    this.#db = db;
    this.#kernel = kernel;
    this.#tenant = tenant;
    this.#last = db.prepare('SELECT seq, hash FROM timeline ORDER BY seq DESC LIMIT 1');
    this.#hash = db.prepare<[number], string>('SELECT hash FROM timeline WHERE seq = ?').pluck();
    this.#kept = kernel.prepare('SELECT seq, hash FROM timeline_heads WHERE tenant = ?');
    this.#keep = kernel.prepare(
      `INSERT INTO timeline_heads VALUES (?, ?, ?)
        ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
    );
    this.#audit = kernel.prepare(
      `INSERT INTO settings_audit (tenant, key, version, old_value, new_value, changed_at, changed_by)
        SELECT @tenant, 'timeline.head', coalesce(max(version), 0) + 1, @lost, @found, @at, @actor
          FROM settings_audit WHERE tenant = @tenant AND key = 'timeline.head'`,
    );
  }

  kept(): Link | undefined {
    return this.#kept.get(this.#tenant);
  }

  /** Keeps the last entry. When the one that was kept is not there any more it stays, for `verify` to miss it. */
  keep(): void {
    // The store may have been closed after the batch: the next kernel keeps it.
    if (!this.#db.open || !this.#kernel.open) return;
    const last = this.#last.get();
    const kept = this.kept();
    if (last === undefined || last.seq === kept?.seq) return;
    // An empty timeline may have been accepted: its end is entry 0.
    if (kept !== undefined && kept.seq > 0 && this.#hash.get(kept.seq) !== kept.hash) return;
    this.#keep.run(this.#tenant, last.seq, last.hash);
  }

  /** Keeps `found` in place of `lost`, the kept entry that is not there: both are in the audit of settings with who did it. */
  accept(lost: Link, found: Link, { actor, at }: { readonly actor: string; readonly at: number }): void {
    const words = ({ seq, hash }: Link): string => JSON.stringify(`${seq} ${hash}`);
    const accept = this.#kernel.transaction(() => {
      this.#audit.run({ tenant: this.#tenant, lost: words(lost), found: words(found), at, actor });
      this.#keep.run(this.#tenant, found.seq, found.hash);
    });
    accept.immediate();
  }
}

/** What is wrong with an entry that was kept as the last one of its time; null: nothing. */
export function otherThanKept({ seq, hash }: Link, kept: Link | undefined): string | null {
  if (seq !== kept?.seq || hash === kept.hash) return null;
  return "it is not the one that the kernel's database keeps: all before it may have been rewritten";
}

/** The entries up to the one that was kept which are not there; null when all are. */
export function cutOff(entries: number, kept: Link | undefined): Verification['broken'] {
  if (kept === undefined || entries >= kept.seq) return null;
  const which =
    entries + 1 === kept.seq
      ? `entry ${kept.seq} is missing`
      : `entries ${entries + 1} to ${kept.seq} are missing`;
  const problem = `${which} at its end: it was cut off, or the database is an older copy of itself`;
  return { seq: null, kind: null, ref: kept.hash, problem };
}
