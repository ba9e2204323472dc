import { setImmediate } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { Scope } from '../contract/scope.ts';
import {
  timelineEntrySchema,
  type TimelineEntry,
  type TimelineKind,
  type TimelineQuery,
  type TimelineStore,
  type Verification,
} from '../contract/timeline.ts';
import type { GroupWriter } from './group-writer.ts';
import { sha256, TimelineRecords } from './timeline-records.ts';

interface Covered {
  readonly at: number;
  readonly id: string;
  readonly what: string;
}
type Note = Pick<TimelineEntry, 'kind' | 'ref' | 'what' | 'at'>;
type Entry = TimelineEntry & { readonly group: string | null };

const columns = `seq, at, kind, ref, what, subject, group_id AS "group", user_id AS user, actor, digest, prev, hash`;
/** Where every record must have an entry of what it is now, or a note that one is due: which of them, by number. */
const covered: readonly { readonly kind: TimelineKind; readonly rows: string }[] = [
  { kind: 'run', rows: 'SELECT seq AS at, id, state AS what FROM tool_runs WHERE ended_at IS NOT NULL' },
  { kind: 'signal', rows: 'SELECT seq AS at, id, name AS what FROM signals' },
  { kind: 'directive', rows: 'SELECT rowid AS at, id, state AS what FROM directives' },
  { kind: 'approval', rows: 'SELECT rowid AS at, id, state AS what FROM approvals' },
  {
    kind: 'verdict',
    rows: `SELECT row_number() OVER (ORDER BY run_id) AS at, run_id AS id,
      iif(happened = 1, 'happened', 'not-happened') AS what FROM run_verdicts`,
  },
  {
    kind: 'setting',
    rows: `SELECT id AS at, CAST(id AS TEXT) AS id, 'version ' || version AS what FROM settings_audit
      WHERE tenant = @tenant AND id <= @followed`,
  },
];

/** The timeline in one tenant's SQLite database. */
export class SqliteTimelineStore implements TimelineStore {
  readonly #db: Database.Database;
  readonly #kernel: Database.Database;
  readonly #writer: GroupWriter;
  readonly #tenant: string;
  readonly #records: TimelineRecords;

  constructor(db: Database.Database, kernel: Database.Database, writer: GroupWriter, tenant: string) {
    this.#db = db;
    this.#kernel = kernel;
    this.#writer = writer;
    this.#tenant = tenant;
    this.#records = new TimelineRecords(db, kernel);
  }

  async follow(limit: number): Promise<number> {
    let count = 0;
    await this.#writer.write(
      this.#db.transaction(() => {
        count = this.#followNotes(limit);
        count += this.#followSettings(limit - count);
      }),
    );
    return count;
  }

  async list(
    { user, group }: Scope,
    { kind, ref, text, from, to, before, limit }: TimelineQuery,
  ): Promise<readonly TimelineEntry[]> {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM timeline
          WHERE user_id IN (@user, '') AND (@group IS NULL OR group_id = @group) AND (@kind IS NULL OR kind = @kind)
            AND (@ref IS NULL OR ref = @ref) AND (@text IS NULL OR instr(lower(subject || ' ' || what), lower(@text)) > 0)
            AND (@from IS NULL OR at >= @from) AND (@to IS NULL OR at < @to) AND (@before IS NULL OR seq < @before)
          ORDER BY seq DESC LIMIT @limit`,
      )
      .all({
        user,
        group,
        kind: kind ?? null,
        ref: ref ?? null,
        text: text ?? null,
        from: from ?? null,
        to: to ?? null,
        before: before ?? null,
        limit,
      })
      .map((row) => timelineEntrySchema.parse(row));
  }

  async verify(head: string | undefined, chunk: number): Promise<Verification> {
    const read = this.#db.prepare<[number, number], Entry>(
      `SELECT ${columns} FROM timeline WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
    let [entries, compared, last, isHeadSeen] = [0, 0, '', head === undefined];
    for (;;) {
      const page = read.all(entries, chunk);
      for (const entry of page) {
        const { seq, kind, ref } = entry;
        const known = this.#records.find(kind, ref, entry.what);
        const problem = problemOf(entry, entries, last, known?.digest);
        if (problem !== null) return { entries, compared, head: last, broken: { seq, kind, ref, problem } };
        entries += 1;
        compared += known === null ? 0 : 1;
        last = entry.hash;
        isHeadSeen ||= entry.hash === head;
      }
      if (page.length < chunk) break;
      await setImmediate();
    }
    const missing = isHeadSeen
      ? await this.#uncovered(chunk)
      : {
          seq: null,
          kind: null,
          ref: head ?? '',
          problem: 'no entry has this hash: the end was cut off or rewritten',
        };
    return { entries, compared, head: last, broken: missing };
  }

  #followNotes(limit: number): number {
    const notes = this.#db
      .prepare<[number], Note & { readonly id: number }>(
        'SELECT id, kind, ref, what, at FROM timeline_outbox ORDER BY id LIMIT ?',
      )
      .all(limit);
    const last = notes.at(-1);
    if (last === undefined) return 0;
    for (const note of notes) this.#append(note);
    this.#db.prepare('DELETE FROM timeline_outbox WHERE id <= ?').run(last.id);
    return notes.length;
  }

  #followSettings(limit: number): number {
    if (limit <= 0) return 0;
    const changes = this.#kernel
      .prepare<
        [number, string, number],
        { readonly id: number; readonly version: number; readonly at: number }
      >(
        'SELECT id, version, changed_at AS at FROM settings_audit WHERE id > ? AND tenant = ? ORDER BY id LIMIT ?',
      )
      .all(this.#followedSettings(), this.#tenant, limit);
    const last = changes.at(-1);
    if (last === undefined) return 0;
    for (const { id, version, at } of changes)
      this.#append({ kind: 'setting', ref: String(id), what: `version ${version}`, at });
    this.#db
      .prepare(
        `INSERT INTO timeline_cursors VALUES ('settings', ?) ON CONFLICT (source) DO UPDATE SET seq = excluded.seq`,
      )
      .run(last.id);
    return changes.length;
  }

  /** The last change of the settings that has an entry. */
  #followedSettings(): number {
    const cursor = this.#db.prepare<[], number>(`SELECT seq FROM timeline_cursors WHERE source = 'settings'`);
    return cursor.pluck().get() ?? 0;
  }

  #append({ kind, ref, what, at }: Note): void {
    const record = this.#records.find(kind, ref, what);
    const { subject, group, user, actor, digest } = record ?? {
      subject: '(purged)',
      group: null,
      user: '',
      actor: '',
      digest: '',
    };
    const last = this.#db
      .prepare<[], { readonly seq: number; readonly hash: string }>(
        'SELECT seq, hash FROM timeline ORDER BY seq DESC LIMIT 1',
      )
      .get();
    const prev = last?.hash ?? '';
    const entry = {
      seq: (last?.seq ?? 0) + 1,
      at,
      kind,
      ref,
      what,
      subject,
      group,
      user,
      actor,
      digest,
      prev,
    };
    this.#db
      .prepare(
        `INSERT INTO timeline (seq, at, kind, ref, what, subject, group_id, user_id, actor, digest, prev, hash)
          VALUES (@seq, @at, @kind, @ref, @what, @subject, @group, @user, @actor, @digest, @prev, @hash)`,
      )
      .run({ ...entry, hash: sha256(entry) });
  }

  /** The first record that has no entry and no note that one is due. */
  async #uncovered(chunk: number): Promise<Verification['broken']> {
    const isKnown = this.#db
      .prepare<[Record<string, unknown>], number>(
        `SELECT EXISTS (SELECT 1 FROM timeline WHERE ref = @id AND kind = @kind AND what = @what)
          OR EXISTS (SELECT 1 FROM timeline_outbox WHERE ref = @id AND kind = @kind AND what = @what)`,
      )
      .pluck();
    const common = { tenant: this.#tenant, followed: this.#followedSettings(), chunk };
    for (const { kind, rows } of covered) {
      const page = (kind === 'setting' ? this.#kernel : this.#db).prepare<[Record<string, unknown>], Covered>(
        `SELECT at, id, what FROM (${rows}) WHERE at > @from ORDER BY at LIMIT @chunk`,
      );
      const next = (from: number): readonly Covered[] => page.all({ ...common, from });
      for (let from = -1, found = next(from); found.length > 0; found = next(from)) {
        const lost = found.find(({ id, what }) => isKnown.get({ id, kind, what }) !== 1);
        if (lost !== undefined)
          return { seq: null, kind, ref: lost.id, problem: 'it is on record and has no entry' };
        from = found.at(-1)?.at ?? from;
        await setImmediate();
      }
    }
    return null;
  }
}

function problemOf(
  { hash, ...entry }: Entry,
  before: number,
  last: string,
  digest: string | undefined,
): string | null {
  if (entry.seq !== before + 1) return `entry ${before + 1} is missing`;
  if (entry.prev !== last) return 'it does not follow the entry before it';
  if (sha256(entry) !== hash) return 'its content is not what was hashed';
  if (digest !== undefined && entry.digest !== digest) return 'its record is not what it was';
  return null;
}
