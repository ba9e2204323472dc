import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { redactKnown } from '../base/known-secrets.ts';
import type { Scope } from '../contract/scope.ts';
import type { MessageQuery, ThreadQuery, ThreadSummary } from '../contract/thread-queries.ts';
import type {
  Message,
  MessageBlock,
  NewSubThread,
  NewThread,
  Sent,
  Thread,
  ThreadStore,
} from '../contract/threads.ts';
import { checkLimit } from './check-limit.ts';
import type { ThreadStoreDeps } from './thread-store-deps.ts';
import type { GroupWriter } from './group-writer.ts';
import { SqliteMessages } from './messages.ts';
import { purgeTrash } from './purge-trash.ts';
import { threadColumns, threadOf, type ThreadRow } from './thread-rows.ts';
import { hasWords, matchOf } from './words.ts';

const mostListed = 1_000;
const mostPurged = 10_000;

/** Of a thread: whether the scope may see it. */
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;

interface NewThreadValues extends Pick<Thread, 'id' | 'assistant' | 'kind' | 'title' | 'timeLimitMs'> {
  readonly [column: string]: string | number | null;
}

const ofPerson = { kind: 'user', title: null, timeLimitMs: null } as const;

/** The conversations of one tenant's SQLite database. */
export class SqliteThreadStore implements ThreadStore {
  readonly #db: Database.Database;
  readonly #statements: ThreadStoreDeps['statements'];
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #newId: NewId;
  readonly #messages: SqliteMessages;

  constructor(deps: ThreadStoreDeps) {
    const { db, statements, writer, clock, newId } = deps;
    this.#db = db;
    this.#statements = statements;
    this.#writer = writer;
    this.#clock = clock;
    this.#newId = newId;
    this.#messages = new SqliteMessages(deps);
    db.function('has_words', { deterministic: true }, (title, words) =>
      Number(typeof title === 'string' && typeof words === 'string' && hasWords(title, words)),
    );
  }

  async create(scope: Scope, thread: NewThread): Promise<Thread> {
    return await this.#create(this.#valuesOf(scope, { ...ofPerson, ...thread }, null));
  }

  async begin(
    scope: Scope,
    thread: NewThread,
    content: readonly MessageBlock[],
  ): Promise<Sent & { readonly thread: Thread }> {
    const values = this.#valuesOf(scope, { ...ofPerson, ...thread }, null);
    const { sent, put } = this.#messages.said(scope, values.id, content, undefined);
    return { ...sent, thread: await this.#create(values, put) };
  }

  async createSub(scope: Scope, { above, parent, call, ...sub }: NewSubThread): Promise<Thread> {
    return await this.#create(this.#valuesOf(scope, { ...sub, kind: 'tool' }, { above, parent, call }));
  }

  #valuesOf(
    { group, user }: Scope,
    thread: Pick<Thread, 'assistant' | 'kind' | 'title' | 'timeLimitMs'> & NewThread,
    asked: Pick<NewSubThread, 'above' | 'parent' | 'call'> | null,
  ): NewThreadValues {
    const ancestors = asked === null ? [] : [...asked.above.ancestors, asked.above.id];
    const call = { parent: asked?.parent ?? null, call: asked?.call ?? null };
    const own = { id: this.#newId(), ancestors: JSON.stringify(ancestors), now: this.#clock.now() };
    return { model: null, ...thread, ...call, ...own, group, user };
  }

  /** A call that started a thread before gets that one. `put` is done together with it, or neither is. */
  async #create(values: NewThreadValues, put?: () => void): Promise<Thread> {
    const { id, parent, call } = values;
    let row: ThreadRow | undefined;
    const create = (): void => {
      this.#statements
        .prepare(
          `INSERT INTO threads (id, kind, group_id, user_id, assistant, model, title, parent, parent_call, ancestors, time_limit_ms, created_at, updated_at)
            VALUES (@id, @kind, @group, @user, @assistant, @model, @title, @parent, @call, @ancestors, @timeLimitMs, @now, @now)
            ON CONFLICT (parent, parent_call) WHERE parent IS NOT NULL DO NOTHING`,
        )
        .run(values);
      put?.();
      row = this.#statements
        .prepare<[Record<string, unknown>], ThreadRow>(
          `SELECT ${threadColumns} FROM threads WHERE id = @id OR (parent = @parent AND parent_call = @call)`,
        )
        .get({ id, parent, call });
    };
    await this.#writer.writeNow(this.#db.transaction(create));
    if (row === undefined) throw new TypeError('a thread that was inserted is not there');
    return threadOf(row);
  }

  async startedBy({ user, group }: Scope, execution: string, call: string): Promise<Thread | null> {
    const thread = this.#db
      .prepare<[Record<string, unknown>], ThreadRow>(
        `SELECT ${threadColumns} FROM threads WHERE parent = @execution AND parent_call = @call AND ${visible}`,
      )
      .get({ execution, call, user, group });
    return thread === undefined ? null : threadOf(thread);
  }

  async list(scope: Scope, query: ThreadQuery): Promise<readonly Thread[]> {
    const { search, deleted = false, kind = 'user', parent, before, limit } = query;
    checkLimit(limit, mostListed);
    const end = before === undefined ? null : await this.get(scope, before);
    const found =
      search === undefined
        ? ''
        : `AND (has_words(title, @words) OR id IN (SELECT thread_id FROM messages WHERE deleted_at IS NULL
            AND seq IN (SELECT rowid FROM message_words WHERE message_words MATCH @search)))`;
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
        words: search ?? null,
        endAt: end?.updatedAt ?? null,
        endId: end?.id ?? null,
        limit,
      })
      .map(threadOf);
  }

  async get({ user, group }: Scope, id: string): Promise<Thread | null> {
    const thread = this.#statements
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
      set: 'updated_at = @now, title = coalesce(@title, title), model = iif(@hasModel, @model, model)',
      values: {
        title: title === undefined ? null : redactKnown(title),
        model: model ?? null,
        hasModel: model === undefined ? 0 : 1,
      },
    });
  }

  async assign(scope: Scope, id: string, assistant: string): Promise<void> {
    await this.#need(scope, id);
    const { user, group } = scope;
    await this.#writer.write(() => {
      const { changes } = this.#db
        .prepare(
          `UPDATE threads SET assistant = @assistant WHERE id = @id AND ${visible}
            AND NOT EXISTS (SELECT 1 FROM executions WHERE thread_id = @id AND ended_at IS NULL)`,
        )
        .run({ id, assistant, user, group });
      if (changes !== 1) throw new NexusError('THREAD_BUSY', { thread: id });
    });
  }

  async setDeleted(scope: Scope, id: string, deleted: boolean): Promise<void> {
    // When it was last used stays: what is taken back has its place among the others again.
    await this.#change(scope, id, { set: `deleted_at = ${deleted ? '@now' : 'NULL'}`, values: {} });
  }

  async name({ user, group }: Scope, id: string, title: string): Promise<boolean> {
    let changed = 0;
    await this.#writer.write(() => {
      ({ changes: changed } = this.#db
        .prepare(`UPDATE threads SET title = @title WHERE id = @id AND title IS NULL AND ${visible}`)
        .run({ id, title, user, group }));
    });
    return changed === 1;
  }

  async messages(scope: Scope, thread: string, query: MessageQuery): Promise<readonly Message[]> {
    await this.#need(scope, thread);
    return this.#messages.find(thread, query);
  }

  async message(scope: Scope, thread: string, message: string): Promise<Message> {
    await this.#need(scope, thread);
    return this.#messages.get(thread, message);
  }

  async pin(scope: Scope, thread: string, message: string, pinned: boolean): Promise<void> {
    await this.#need(scope, thread);
    await this.#messages.pin(thread, message, pinned);
  }

  async summary(scope: Scope, thread: string): Promise<ThreadSummary | null> {
    await this.#need(scope, thread);
    return this.#messages.summary(thread);
  }

  async send(
    scope: Scope,
    thread: string,
    content: readonly MessageBlock[],
    replaces?: string,
    execution?: string,
  ): Promise<Sent> {
    await this.#need(scope, thread);
    const { sent, put } = this.#messages.said(scope, thread, content, replaces, execution);
    await this.#writer.writeNow(this.#db.transaction(put));
    return sent;
  }

  async purge(
    scope: Scope,
    olderThanMs: number,
    chunk: number,
    signal?: AbortSignal,
    only?: readonly string[],
  ): Promise<number> {
    checkLimit(chunk, mostPurged);
    const bounds = { end: this.#clock.now() - olderThanMs, chunk, only: only ?? null };
    return await purgeTrash({ db: this.#db, writer: this.#writer }, scope, bounds, signal);
  }

  async #change(
    { user, group }: Scope,
    id: string,
    { set, values }: { readonly set: string; readonly values: Record<string, unknown> },
  ): Promise<void> {
    const now = this.#clock.now();
    await this.#writer.write(() => {
      const { changes } = this.#db
        .prepare(`UPDATE threads SET ${set} WHERE id = @id AND ${visible}`)
        .run({ ...values, id, user, group, now });
      if (changes !== 1) throw new NexusError('THREAD_UNKNOWN', { thread: id });
    });
  }

  async #need({ user, group }: Scope, id: string): Promise<void> {
    const found = this.#statements
      .prepare(`SELECT 1 FROM threads WHERE id = @id AND ${visible}`)
      .get({ id, user, group });
    if (found === undefined) throw new NexusError('THREAD_UNKNOWN', { thread: id });
  }
}
