import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import { redactKnownWithin } from '../base/known-secrets-within.ts';
import { redactKnown } from '../base/known-secrets.ts';
import type { Scope } from '../contract/scope.ts';
import {
  signalSchema,
  type NewSignal,
  type Signal,
  type SignalCursor,
  type SignalStore,
} from '../contract/signals.ts';
import type { GroupWriter } from './group-writer.ts';

const columns = `id, seq, name, subject, data, dedupe_key AS dedupeKey, user_id AS user, actor, at`;
const rowSchema = signalSchema.extend({
  data: z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))),
});

export interface WorkStoreDeps {
  readonly db: Database.Database;
  readonly writer: GroupWriter;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** The signals of one tenant's SQLite database. */
export class SqliteSignalStore implements SignalStore {
  readonly #deps: WorkStoreDeps;

  constructor(deps: WorkStoreDeps) {
    this.#deps = deps;
  }

  async add(scope: Scope, signal: NewSignal): Promise<Signal> {
    const { db, writer } = this.#deps;
    let id = '';
    await writer.write(() => {
      id = putSignal(this.#deps, scope, signal);
    });
    return rowSchema.parse(db.prepare(`SELECT ${columns} FROM signals WHERE id = ?`).get(id));
  }

  async list(
    { user, group }: Scope,
    { name, before, limit }: { readonly name?: string; readonly before?: number; readonly limit: number },
  ): Promise<readonly Signal[]> {
    return this.#deps.db
      .prepare(
        `SELECT ${columns} FROM signals WHERE user_id = @user AND (@group IS NULL OR group_id = @group)
          AND (@name IS NULL OR name = @name) AND (@before IS NULL OR seq < @before) ORDER BY seq DESC LIMIT @limit`,
      )
      .all({ user, group, name: name ?? null, before: before ?? null, limit })
      .map((row) => rowSchema.parse(row));
  }

  async after(seq: number, limit: number): Promise<readonly Signal[]> {
    return this.#deps.db
      .prepare(`SELECT ${columns} FROM signals WHERE seq > ? ORDER BY seq LIMIT ?`)
      .all(seq, limit)
      .map((row) => rowSchema.parse(row));
  }

  async cursor(subscriber: string): Promise<SignalCursor> {
    const { db, writer } = this.#deps;
    const read = db.prepare<[string], SignalCursor>(
      'SELECT seq, attempts, retry_at AS retryAt FROM signal_cursors WHERE subscriber = ?',
    );
    const found = read.get(subscriber);
    if (found !== undefined) return found;
    await writer.write(() => {
      db.prepare(
        'INSERT INTO signal_cursors SELECT ?, coalesce(max(seq), 0), 0, 0 FROM signals WHERE true ON CONFLICT DO NOTHING',
      ).run(subscriber);
    });
    return read.get(subscriber) ?? { seq: 0, attempts: 0, retryAt: 0 };
  }

  async advance(
    subscriber: string,
    from: number,
    { seq, attempts, retryAt }: SignalCursor,
  ): Promise<boolean> {
    const { db, writer } = this.#deps;
    let changes = 0;
    await writer.write(() => {
      ({ changes } = db
        .prepare(
          'UPDATE signal_cursors SET seq = ?, attempts = ?, retry_at = ? WHERE subscriber = ? AND seq = ?',
        )
        .run(seq, attempts, retryAt, subscriber, from));
    });
    return changes === 1;
  }
}

/** Puts a signal on record within a write, without known secrets; answers its id, or that of the one with its dedupe key. */
export function putSignal(
  { db, clock, newId }: Omit<WorkStoreDeps, 'writer'>,
  { user, group, actor }: Pick<Scope, 'user' | 'group' | 'actor'>,
  { name, subject, data, dedupeKey }: NewSignal,
): string {
  const there = db
    .prepare<[string | null], string>('SELECT id FROM signals WHERE dedupe_key = ?')
    .pluck()
    .get(dedupeKey ?? null);
  if (there !== undefined) return there;
  const id = newId();
  db.prepare(
    `INSERT INTO signals (id, group_id, user_id, actor, name, subject, data, dedupe_key, at)
      VALUES (@id, @group, @user, @actor, @name, @subject, @data, @dedupeKey, @at)`,
  ).run({
    id,
    group,
    user,
    actor,
    name,
    subject: subject === undefined ? null : redactKnown(subject),
    data: JSON.stringify(redactKnownWithin(data ?? {})),
    dedupeKey: dedupeKey ?? null,
    at: clock.now(),
  });
  return id;
}
