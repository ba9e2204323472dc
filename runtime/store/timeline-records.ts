import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { sequenceOf } from '../base/ids.ts';
import type { TimelineEntry, TimelineKind } from '../contract/timeline.ts';

type Row = Readonly<Record<string, unknown>>;

/** What an entry is about, as its record says it. */
export interface FollowedRecord {
  readonly subject: string;
  readonly group: string | null;
  readonly user: string;
  readonly actor: string;
  /** SHA-256 of what the record says for good. */
  readonly digest: string;
}

interface Source {
  readonly table: string;
  readonly key: string;
  /** What never changes. Named one by one: columns that come later do not change the digests of before. */
  readonly fixed: readonly string[];
  /** What is for good from an end on, too. */
  readonly final?: { readonly states: readonly string[]; readonly columns: readonly string[] };
  readonly subject: (row: Row) => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Columns, one by one, in the order in which they are hashed. */
const columns = (names: string): readonly string[] => names.split(' ').toSorted();

const sources: Readonly<Record<TimelineKind, Source>> = {
  signal: {
    table: 'signals',
    key: 'id',
    fixed: columns('id seq name subject data dedupe_key group_id user_id actor at'),
    subject: (row) => [text(row['name']), text(row['subject'])].join(' ').trim(),
  },
  directive: {
    table: 'directives',
    key: 'id',
    fixed: columns('id kind payload idempotency_key execution_id rerun_of group_id user_id actor created_at'),
    final: {
      states: ['succeeded', 'failed', 'canceled'],
      columns: columns('state reason attempts run_id undo result started_at ended_at'),
    },
    subject: (row) => {
      const payload: unknown = JSON.parse(text(row['payload']));
      const tool = typeof payload === 'object' && payload !== null && 'tool' in payload ? payload.tool : '';
      return `${text(row['kind'])} ${text(tool)}`.trim();
    },
  },
  run: {
    table: 'tool_runs',
    key: 'seq',
    fixed: columns(
      'seq id state effect plugin tool group_id user_id actor source client queued_at started_at ended_at error args result',
    ),
    subject: (row) => `${text(row['plugin'])}.${text(row['tool'])}`,
  },
  approval: {
    table: 'approvals',
    key: 'id',
    fixed: columns('id execution call thread tool plugin effect group_id user_id created_at'),
    final: {
      states: ['ALLOWED', 'DENIED', 'EXPIRED'],
      columns: columns('state args reason lease answered_at answered_by'),
    },
    subject: (row) => text(row['tool']),
  },
  verdict: {
    table: 'run_verdicts',
    key: 'run_id',
    fixed: columns('run_id happened note user_id actor at'),
    subject: (row) => text(row['note']),
  },
  setting: {
    table: 'settings_audit',
    key: 'id',
    fixed: columns('id tenant key version old_value new_value changed_at changed_by'),
    subject: (row) => text(row['key']),
  },
};

/** Lower-case hexadecimal, of JSON whose keys are in order (as in RFC 8785): `hashed` has them so already. */
function sha256(hashed: Row): string {
  return hash('sha256', JSON.stringify(hashed));
}

/** The hash of an entry, which the next one names. */
export function hashOf(entry: Omit<TimelineEntry, 'hash'> & { readonly group: string | null }): string {
  const { actor, at, digest, group, kind, prev, ref, seq, subject, user, what } = entry;
  return sha256({ actor, at, digest, group, kind, prev, ref, seq, subject, user, what });
}

/** Reads the records that entries are about; those of settings from the database of the kernel. */
export class TimelineRecords {
  readonly #db: Database.Database;
  readonly #kernel: Database.Database;
  readonly #found = new Map<TimelineKind, Database.Statement<[string | number | null], Row>>();

  constructor(db: Database.Database, kernel: Database.Database) {
    this.#db = db;
    this.#kernel = kernel;
  }

  /** The record an entry for the state `what` is about; null when it is gone. */
  find(kind: TimelineKind, ref: string, what: string): FollowedRecord | null {
    const { fixed, final, subject } = sources[kind];
    const row = this.#statement(kind).get(keyOf(kind, ref));
    if (row === undefined) return null;
    const kept = final?.states.includes(what) === true ? [...fixed, ...final.columns].toSorted() : fixed;
    return {
      subject: subject(row).slice(0, 200),
      group: typeof row['group_id'] === 'string' ? row['group_id'] : null,
      user: text(row['user_id'] ?? 'operator'),
      actor: text(row['actor'] ?? row['answered_by'] ?? row['changed_by'] ?? ''),
      digest: sha256(Object.fromEntries(kept.map((column) => [column, row[column] ?? null]))),
    };
  }

  /** Prepared once a kind: preparing takes longer than reading. */
  #statement(kind: TimelineKind): Database.Statement<[string | number | null], Row> {
    const known = this.#found.get(kind);
    if (known !== undefined) return known;
    const db = kind === 'setting' ? this.#kernel : this.#db;
    const { table, key } = sources[kind];
    const statement = db.prepare<[string | number | null], Row>(`SELECT * FROM ${table} WHERE ${key} = ?`);
    this.#found.set(kind, statement);
    return statement;
  }
}

/** Runs are found by the number in their id, changes of settings by a number. */
function keyOf(kind: TimelineKind, ref: string): string | number | null {
  if (kind === 'run') return sequenceOf(ref);
  return kind === 'setting' ? Number(ref) : ref;
}
