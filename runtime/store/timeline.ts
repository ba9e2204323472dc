import { setImmediate } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import {
  timelineEntrySchema,
  type AcceptedHead,
  type TimelineEntry,
  type TimelineKind,
  type TimelineQuery,
  type TimelineStore,
  type Verification,
} from '../contract/timeline.ts';
import type { GroupWriter } from './group-writer.ts';
import { TimelineChain } from './timeline-chain.ts';
import { cutOff, otherThanKept, TimelineHead } from './timeline-head.ts';
import { hashOf, TimelineRecords } from './timeline-records.ts';

interface Covered {
  readonly at: number;
  readonly id: string;
  readonly what: string;
}
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

export interface TimelineDeps {
  readonly db: Database.Database;
  /** The kernel's database, which has the audit of settings and the last entry. */
  readonly kernel: Database.Database;
  readonly tenant: string;
  readonly writer: GroupWriter;
  readonly clock: Clock;
}

/** The timeline in one tenant's SQLite database. */
export class SqliteTimelineStore implements TimelineStore {
  readonly #db: Database.Database;
  readonly #kernel: Database.Database;
  readonly #writer: GroupWriter;
  readonly #tenant: string;
  readonly #records: TimelineRecords;
  readonly #chain: TimelineChain;
  readonly #head: TimelineHead;
  readonly #clock: Clock;

  constructor({ db, kernel, tenant, writer, clock }: TimelineDeps) {
    this.#db = db;
    this.#kernel = kernel;
    this.#writer = writer;
    this.#tenant = tenant;
    this.#records = new TimelineRecords(db, kernel);
    this.#chain = new TimelineChain(db, kernel, this.#records, tenant);
    this.#head = new TimelineHead(db, kernel, tenant);
    this.#clock = clock;
  }

  async follow(limit: number): Promise<number> {
    let count = 0;
    const follow = this.#db.transaction(() => {
      count = this.#chain.follow(limit);
    });
    await this.#writer.write(follow);
    this.#head.keep();
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
    const kept = this.#head.kept();
    let [entries, compared, last, isHeadSeen] = [0, 0, '', head === undefined];
    let replaced: Verification['broken'] = null;
    for (;;) {
      const page = read.all(entries, chunk);
      for (const entry of page) {
        const { seq, kind, ref } = entry;
        const known = this.#records.find(kind, ref, entry.what);
        const problem = problemOf(entry, entries, last, known?.digest);
        const found = { entries, compared, head: last, acceptable: null };
        if (problem !== null) return { ...found, broken: { seq, kind, ref, problem } };
        const other = otherThanKept(entry, kept);
        if (other !== null) replaced = { seq, kind, ref, problem: other };
        entries += 1;
        compared += known === null ? 0 : 1;
        last = entry.hash;
        isHeadSeen ||= entry.hash === head;
      }
      if (page.length < chunk) break;
      await setImmediate();
    }
    const unseen = isHeadSeen ? null : { ...noEntry, ref: head ?? '' };
    const otherEnd = replaced ?? cutOff(entries, kept);
    const other = unseen ?? (await this.#uncovered(chunk));
    const acceptable = otherEnd === null || other !== null ? null : (kept ?? null);
    return { entries, compared, head: last, broken: unseen ?? otherEnd ?? other, acceptable };
  }

  async accept({ actor }: Scope, { lost, head }: AcceptedHead, chunk: number): Promise<Verification> {
    const { acceptable, broken, ...found } = await this.verify(head === '' ? undefined : head, chunk);
    // Somebody else may have accepted it meanwhile.
    if (acceptable?.hash !== lost || this.#head.kept()?.hash !== lost)
      throw new NexusError('TIMELINE_NOT_ACCEPTED', {
        problem:
          broken === null ? 'it holds' : acceptable === null ? broken.problem : 'another entry is missing',
      });
    const last = { seq: found.entries, hash: found.head };
    this.#head.accept(acceptable, last, { actor, at: this.#clock.now() });
    return { ...found, acceptable: null, broken: null };
  }

  /** The first record that has no entry and no note that one is due. */
  async #uncovered(chunk: number): Promise<Verification['broken']> {
    const isKnown = this.#db
      .prepare<[Record<string, unknown>], number>(
        `SELECT EXISTS (SELECT 1 FROM timeline WHERE ref = @id AND kind = @kind AND what = @what)
          OR EXISTS (SELECT 1 FROM timeline_outbox WHERE ref = @id AND kind = @kind AND what = @what)`,
      )
      .pluck();
    const common = { tenant: this.#tenant, followed: this.#chain.followedSettings(), chunk };
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

const noEntry = {
  seq: null,
  kind: null,
  problem: 'no entry has this hash: the end was cut off or rewritten',
};

function problemOf(
  { hash, ...entry }: Entry,
  before: number,
  last: string,
  digest: string | undefined,
): string | null {
  if (entry.seq !== before + 1) return `entry ${before + 1} is missing`;
  if (entry.prev !== last) return 'it does not follow the entry before it';
  if (hashOf(entry) !== hash) return 'its content is not what was hashed';
  if (digest !== undefined && entry.digest !== digest) return 'its record is not what it was';
  return null;
}
