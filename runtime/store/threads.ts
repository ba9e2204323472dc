import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import type { ContentBlock } from '../contract/models.ts';
import type { Scope } from '../contract/scope.ts';
import {
  messageBlockSchema,
  type Message,
  type MessageBlock,
  type Thread,
  type ThreadQuery,
  type ThreadStore,
} from '../contract/threads.ts';
import type { GroupWriter } from './group-writer.ts';

const mostListed = 1_000;
const mostPurged = 10_000;
const contentSchema = z.array(messageBlockSchema);

const threadColumns = `id, kind, assistant, title, model, created_at AS createdAt, updated_at AS updatedAt, deleted_at AS deletedAt`;
const messageColumns = `id, thread_id AS thread, role, status, failed_reason AS failedReason, content, model,
  execution_id AS execution, created_at AS createdAt, updated_at AS updatedAt`;
/** Of a thread: whether the scope may see it. */
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;

type MessageRow = Omit<Message, 'content'> & { readonly content: string };

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

  async create(scope: Scope, { assistant, kind }: Pick<Thread, 'assistant' | 'kind'>): Promise<Thread> {
    const id = this.#newId();
    const now = this.#clock.now();
    await this.#writer.write(() => {
      this.#db
        .prepare(
          `INSERT INTO threads (id, kind, group_id, user_id, assistant, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(id, kind, scope.group, scope.user, assistant, now, now);
    });
    const thread = { id, kind, assistant, title: null, model: null, createdAt: now, updatedAt: now };
    return { ...thread, deletedAt: null };
  }

  async list(scope: Scope, query: ThreadQuery): Promise<readonly Thread[]> {
    const { search, deleted = false, before, limit } = query;
    checkLimit(limit, mostListed);
    const end = before === undefined ? null : await this.get(scope, before);
    const found =
      search === undefined
        ? ''
        : `AND id IN (SELECT thread_id FROM messages WHERE deleted_at IS NULL
            AND seq IN (SELECT rowid FROM message_words WHERE message_words MATCH @search))`;
    return this.#db
      .prepare<[Record<string, unknown>], Thread>(
        `SELECT ${threadColumns} FROM threads
          WHERE ${visible} AND (deleted_at IS NOT NULL) = @deleted ${found}
            AND (@endAt IS NULL OR (updated_at, id) < (@endAt, @endId))
          ORDER BY updated_at DESC, id DESC LIMIT @limit`,
      )
      .all({
        user: scope.user,
        group: scope.group,
        deleted: deleted ? 1 : 0,
        search: search === undefined ? null : matchOf(search),
        endAt: end?.updatedAt ?? null,
        endId: end?.id ?? null,
        limit,
      });
  }

  async get({ user, group }: Scope, id: string): Promise<Thread | null> {
    const thread = this.#db
      .prepare<[Record<string, unknown>], Thread>(
        `SELECT ${threadColumns} FROM threads WHERE id = @id AND ${visible}`,
      )
      .get({ id, user, group });
    return thread ?? null;
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
    content: readonly ContentBlock[],
  ): Promise<{ readonly message: Message; readonly answer: Message; readonly execution: string }> {
    await this.#need(scope, thread);
    const now = this.#clock.now();
    const execution = this.#newId();
    const common = { thread, failedReason: null, model: null, execution, createdAt: now, updatedAt: now };
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

function messageOf({ content, ...row }: MessageRow): Message {
  return { ...row, content: contentSchema.parse(JSON.parse(content)) };
}

/** What of a message can be searched: what was said, not what tools answered. */
export function wordsOf(content: readonly MessageBlock[]): string {
  return content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('\n');
}

/** Every word must occur; the last one may be a beginning. Whatever else FTS5 knows is taken literally. */
function matchOf(search: string): string {
  const words = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0 ? '""' : `${words.map((word) => `"${word}"`).join(' ')}*`;
}

function checkLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new NexusError('USAGE', { problem: `the limit is ${limit}, not 1 to ${most}` });
}
