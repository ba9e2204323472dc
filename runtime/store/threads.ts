import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import type { Scope } from '../contract/scope.ts';
import {
  type Message,
  type MessageBlock,
  type NewSubThread,
  type Thread,
  type ThreadQuery,
  type ThreadStore,
} from '../contract/threads.ts';
import type { GroupWriter } from './group-writer.ts';
import { matchOf, wordsOf } from './words.ts';
import {
  messageColumns,
  messageOf,
  threadColumns,
  threadOf,
  type MessageRow,
  type ThreadRow,
} from './thread-rows.ts';

const mostListed = 1_000;
const mostPurged = 10_000;

/** Of a thread: whether the scope may see it. */
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;

export interface ThreadStoreDeps {
  readonly db: Database.Database;
  readonly writer: GroupWriter;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** The conversations of one tenant's SQLite database. */
export class SqliteThreadStore implements ThreadStore {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #newId: NewId;

  constructor({ db, writer, clock, newId }: ThreadStoreDeps) {
    this.#db = db;
    this.#writer = writer;
    this.#clock = clock;
    this.#newId = newId;
  }

  async create(scope: Scope, { assistant }: Pick<Thread, 'assistant'>): Promise<Thread> {
    return await this.#create(scope, { assistant, kind: 'user', title: null, timeLimitMs: null }, null);
  }

  async createSub(scope: Scope, { above, parent, call, ...sub }: NewSubThread): Promise<Thread> {
    return await this.#create(scope, { ...sub, kind: 'tool' }, { above, parent, call });
  }

  /** A call that started a thread before gets that one. */
  async #create(
    scope: Scope,
    thread: Pick<Thread, 'assistant' | 'kind' | 'title' | 'timeLimitMs'>,
    asked: Pick<NewSubThread, 'above' | 'parent' | 'call'> | null,
  ): Promise<Thread> {
    const now = this.#clock.now();
    const ancestors = asked === null ? [] : [...asked.above.ancestors, asked.above.id];
    const parent = asked?.parent ?? null;
    const call = asked?.call ?? null;
    const values = { ...thread, id: this.#newId(), parent, call, now, group: scope.group, user: scope.user };
    let row: ThreadRow | undefined;
    await this.#writer.write(() => {
      this.#db
        .prepare(
          `INSERT INTO threads (id, kind, group_id, user_id, assistant, title, parent, parent_call, ancestors, time_limit_ms, created_at, updated_at)
            VALUES (@id, @kind, @group, @user, @assistant, @title, @parent, @call, @ancestors, @timeLimitMs, @now, @now)
            ON CONFLICT (parent, parent_call) WHERE parent IS NOT NULL DO NOTHING`,
        )
        .run({ ...values, ancestors: JSON.stringify(ancestors) });
      row = this.#db
        .prepare<[Record<string, unknown>], ThreadRow>(
          `SELECT ${threadColumns} FROM threads WHERE id = @id OR (parent = @parent AND parent_call = @call)`,
        )
        .get(values);
    });
    if (row === undefined) throw new TypeError('a thread that was inserted is not there');
    return threadOf(row);
  }

  async list(scope: Scope, query: ThreadQuery): Promise<readonly Thread[]> {
    const { search, deleted = false, kind = 'user', parent, before, limit } = query;
    checkLimit(limit, mostListed);
    const end = before === undefined ? null : await this.get(scope, before);
    const found =
      search === undefined
        ? ''
        : `AND id IN (SELECT thread_id FROM messages WHERE deleted_at IS NULL
            AND seq IN (SELECT rowid FROM message_words WHERE message_words MATCH @search))`;
    return this.#db
      .prepare<[Record<string, unknown>], ThreadRow>(
        `SELECT ${threadColumns} FROM threads
          WHERE ${visible} AND (deleted_at IS NOT NULL) = @deleted ${found}
            AND kind = @kind AND (@parent IS NULL OR parent = @parent)
            AND (@endAt IS NULL OR (updated_at, id) < (@endAt, @endId))
          ORDER BY updated_at DESC, id DESC LIMIT @limit`,
      )
      .all({
        user: scope.user,
        group: scope.group,
        deleted: deleted ? 1 : 0,
        kind,
        parent: parent ?? null,
        search: search === undefined ? null : matchOf(search),
        endAt: end?.updatedAt ?? null,
        endId: end?.id ?? null,
        limit,
      })
      .map(threadOf);
  }

  async get({ user, group }: Scope, id: string): Promise<Thread | null> {
    const thread = this.#db
      .prepare<[Record<string, unknown>], ThreadRow>(
        `SELECT ${threadColumns} FROM threads WHERE id = @id AND ${visible}`,
      )
      .get({ id, user, group });
    return thread === undefined ? null : threadOf(thread);
  }

  async update(
    scope: Scope,
    id: string,
    change: { readonly title?: string; readonly model?: string | null },
  ): Promise<void> {
    const { title, model } = change;
    await this.#change(scope, id, {
      set: 'title = coalesce(@title, title), model = iif(@hasModel, @model, model)',
      values: { title: title ?? null, model: model ?? null, hasModel: model === undefined ? 0 : 1 },
    });
  }

  async setDeleted(scope: Scope, id: string, deleted: boolean): Promise<void> {
    const values = { deletedAt: deleted ? this.#clock.now() : null };
    await this.#change(scope, id, { set: 'deleted_at = @deletedAt', values });
  }

  async messages(
    scope: Scope,
    thread: string,
    { before, limit }: { readonly before?: string; readonly limit: number },
  ): Promise<readonly Message[]> {
    checkLimit(limit, mostListed);
    await this.#need(scope, thread);
    const rows = this.#db
      .prepare<[Record<string, unknown>], MessageRow>(
        `SELECT ${messageColumns} FROM messages
          WHERE thread_id = @thread AND deleted_at IS NULL
            AND (@before IS NULL OR seq < (SELECT seq FROM messages WHERE id = @before))
          ORDER BY seq DESC LIMIT @limit`,
      )
      .all({ thread, before: before ?? null, limit });
    return rows.toReversed().map(messageOf);
  }

  async send(
    scope: Scope,
    thread: string,
    content: readonly MessageBlock[],
  ): Promise<{ readonly message: Message; readonly answer: Message; readonly execution: string }> {
    await this.#need(scope, thread);
    const now = this.#clock.now();
    const execution = this.#newId();
    const common = {
      thread,
      failedReason: null,
      model: null,
      assistantVersion: null,
      execution,
      createdAt: now,
      updatedAt: now,
    };
    const message: Message = {
      ...common,
      id: this.#newId(),
      role: 'user',
      status: 'COMPLETED',
      content: [...content],
    };
    const answer: Message = {
      ...common,
      id: this.#newId(),
      role: 'assistant',
      status: 'PENDING',
      content: [],
    };
    await this.#writer.write(
      this.#db.transaction(() => {
        this.#deliver(content, now);
        this.#db
          .prepare(
            `INSERT INTO executions (id, thread_id, group_id, user_id, state, created_at)
              VALUES (?, ?, ?, ?, 'QUEUED', ?)`,
          )
          .run(execution, thread, scope.group, scope.user, now);
        this.#insert(scope, message);
        this.#insert(scope, answer);
        this.#db.prepare('UPDATE threads SET updated_at = ? WHERE id = ?').run(now, thread);
      }),
    );
    return { message, answer, execution };
  }

  async purge(scope: Scope, olderThanMs: number, chunk: number, signal?: AbortSignal): Promise<number> {
    checkLimit(chunk, mostPurged);
    const end = this.#clock.now() - olderThanMs;
    const trashed = `(deleted_at < @end OR thread_id IN (SELECT id FROM threads WHERE deleted_at < @end AND ${visible}))`;
    const scoped = { end, chunk, user: scope.user, group: scope.group };
    const mine = `thread_id IN (SELECT id FROM threads WHERE ${visible})`;
    const messages = await this.#purgeRows(
      `SELECT seq FROM messages WHERE ${trashed} AND ${mine} LIMIT @chunk`,
      scoped,
      signal,
    );
    let threads = 0;
    await this.#writer.write(() => {
      threads = this.#db
        .prepare(`DELETE FROM threads WHERE deleted_at < @end AND ${visible}`)
        .run({ end, user: scope.user, group: scope.group }).changes;
    });
    return messages + threads;
  }

  async #purgeRows(which: string, values: Record<string, unknown>, signal?: AbortSignal): Promise<number> {
    let purged = 0;
    for (;;) {
      signal?.throwIfAborted();
      let gone = 0;
      await this.#writer.write(
        this.#db.transaction(() => {
          const seqs = JSON.stringify(this.#db.prepare(which).pluck().all(values));
          const these = 'IN (SELECT value FROM json_each(?))';
          this.#db.prepare(`DELETE FROM message_words WHERE rowid ${these}`).run(seqs);
          gone = this.#db.prepare(`DELETE FROM messages WHERE seq ${these}`).run(seqs).changes;
        }),
      );
      purged += gone;
      if (gone < Number(values['chunk'])) return purged;
    }
  }

  #deliver(content: readonly MessageBlock[], now: number): void {
    const delivered = this.#db.prepare(
      'UPDATE threads SET delivered_at = ? WHERE id = ? AND delivered_at IS NULL',
    );
    for (const block of content) {
      if (block.type !== 'report' || delivered.run(now, block.thread).changes === 1) continue;
      throw new NexusError('EXECUTION_STATE', { execution: block.thread, state: 'delivered', wanted: 'so' });
    }
  }

  #insert(scope: Scope, message: Message): void {
    const { lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO messages (id, thread_id, group_id, role, status, content, execution_id, created_at, updated_at)
          VALUES (@id, @thread, @group, @role, @status, @content, @execution, @createdAt, @updatedAt)`,
      )
      .run({ ...message, group: scope.group, content: JSON.stringify(message.content) });
    const words = wordsOf(message.content);
    if (words !== '')
      this.#db.prepare('INSERT INTO message_words (rowid, words) VALUES (?, ?)').run(lastInsertRowid, words);
  }

  async #change(
    { user, group }: Scope,
    id: string,
    { set, values }: { readonly set: string; readonly values: Record<string, unknown> },
  ): Promise<void> {
    const updatedAt = this.#clock.now();
    await this.#writer.write(() => {
      const { changes } = this.#db
        .prepare(`UPDATE threads SET ${set}, updated_at = @updatedAt WHERE id = @id AND ${visible}`)
        .run({ ...values, id, user, group, updatedAt });
      if (changes !== 1) throw new NexusError('THREAD_UNKNOWN', { thread: id });
    });
  }

  async #need(scope: Scope, id: string): Promise<void> {
    if ((await this.get(scope, id)) === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
  }
}

function checkLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new NexusError('USAGE', { problem: `the limit is ${limit}, not 1 to ${most}` });
}
