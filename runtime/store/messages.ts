import { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import type { MessageQuery, ThreadSummary } from '../contract/thread-queries.ts';
import type { Message, MessageBlock, Sent } from '../contract/threads.ts';
import { checkLimit } from './check-limit.ts';
import { messageColumns, messageOf, type MessageRow } from './thread-rows.ts';
import type { ThreadStoreDeps } from './thread-store-deps.ts';
import { saidWithoutSecrets } from './without-secrets.ts';
import { wordsOf } from './words.ts';

const mostListed = 1_000;
/** Messages that are over and kept as they were read, of at most so many characters: 32 MB if all are that long. */
const mostKept = 2_000;
const mostKeptChars = 8_000;
const overStatuses: ReadonlySet<Message['status']> = new Set(['COMPLETED', 'FAILED', 'CANCELED']);

/** What nobody has said of a new message. */
const blank = {
  failedReason: null,
  model: null,
  routing: null,
  usage: null,
  pinned: false,
  replaces: null,
  assistantVersion: null,
};

const none: ReadonlyMap<string, Message> = new Map();

type FoundRow = Pick<MessageRow, 'id' | 'pinned'>;

/** The messages of threads that the caller may see. */
export class SqliteMessages {
  readonly #deps: ThreadStoreDeps;
  readonly #over = new Map<string, Message>();

  constructor(deps: ThreadStoreDeps) {
    this.#deps = deps;
  }

  find(thread: string, query: MessageQuery): readonly Message[] {
    const { before, after, pinned = false, deleted = false, first = false, limit } = query;
    checkLimit(limit, mostListed);
    const found = this.#deps.statements
      .prepare<[Record<string, unknown>], FoundRow>(
        `SELECT id, pinned_at IS NOT NULL AS pinned FROM messages
          WHERE thread_id = @thread AND deleted_at IS ${deleted ? 'NOT ' : ''}NULL
            AND (@before IS NULL OR seq < (SELECT seq FROM messages WHERE id = @before))
            AND (@after IS NULL OR seq > (SELECT seq FROM messages WHERE id = @after))
            ${pinned ? 'AND pinned_at IS NOT NULL' : ''}
          ORDER BY seq ${first ? 'ASC' : 'DESC'} LIMIT @limit`,
      )
      .all({ thread, before: before ?? null, after: after ?? null, limit });
    const messages = this.#readAll(found);
    return first ? messages : messages.toReversed();
  }

  get(thread: string, message: string): Message {
    const row = this.#deps.statements
      .prepare<[string, string], MessageRow>(
        `SELECT ${messageColumns} FROM messages WHERE id = ? AND thread_id = ? AND deleted_at IS NULL`,
      )
      .get(message, thread);
    if (row === undefined) throw new NexusError('MESSAGE_UNKNOWN', { message, thread });
    return messageOf(row);
  }

  /** What is over never changes but for its pin, and is asked for at each turn of its thread: it is read once. */
  #readAll(found: readonly FoundRow[]): Message[] {
    const known = found.map(({ id }) => this.#over.get(id));
    const unknown = found.filter((_, index) => known[index] === undefined);
    const read = unknown.length === 0 ? none : this.#readRows(unknown.map(({ id }) => id));
    const messages: Message[] = [];
    for (const [index, { id, pinned }] of found.entries()) {
      const message = known[index] ?? read.get(id);
      if (message === undefined) continue;
      const isPinned = pinned === 1;
      messages.push(message.pinned === isPinned ? message : { ...message, pinned: isPinned });
    }
    return messages;
  }

  #readRows(ids: readonly string[]): ReadonlyMap<string, Message> {
    const rows = this.#deps.statements
      .prepare<[string], MessageRow>(
        `SELECT ${messageColumns} FROM messages WHERE id IN (SELECT value FROM json_each(?))`,
      )
      .all(JSON.stringify(ids));
    return new Map(rows.map((row) => [row.id, this.#read(row)]));
  }

  #read(row: MessageRow): Message {
    const message = messageOf(row);
    this.#keep(message, row.content.length);
    return message;
  }

  #keep(message: Message, chars: number): void {
    if (chars > mostKeptChars || !overStatuses.has(message.status)) return;
    this.#over.set(message.id, message);
    const [oldest] = this.#over.keys();
    if (this.#over.size > mostKept && oldest !== undefined) this.#over.delete(oldest);
  }

  async pin(thread: string, message: string, pinned: boolean): Promise<void> {
    const { db, writer, clock } = this.#deps;
    const pinnedAt = pinned ? clock.now() : null;
    await writer.write(() => {
      const { changes } = db
        .prepare('UPDATE messages SET pinned_at = ? WHERE id = ? AND thread_id = ? AND deleted_at IS NULL')
        .run(pinnedAt, message, thread);
      if (changes !== 1) throw new NexusError('MESSAGE_UNKNOWN', { message, thread });
    });
  }

  summary(thread: string): ThreadSummary | null {
    const row = this.#deps.statements
      .prepare<[string], ThreadSummary>(
        `SELECT step ->> '$.summary' AS summary, through FROM summaries
          JOIN execution_steps USING (execution_id, position)
            JOIN messages ON messages.id = through
          WHERE summaries.thread_id = ? AND messages.deleted_at IS NULL
          ORDER BY seq DESC, summaries.execution_id DESC, summaries.position DESC LIMIT 1`,
      )
      .get(thread);
    return row ?? null;
  }

  /** What is said, and how it is put on record, within a transaction of the caller. */
  said(
    scope: Scope,
    thread: string,
    content: readonly MessageBlock[],
    replaces: string | undefined,
    execution = this.#deps.newId(),
  ): { readonly sent: Sent; readonly put: () => void } {
    const { statements, clock, newId } = this.#deps;
    const now = clock.now();
    const common = { ...blank, thread, execution, createdAt: now, updatedAt: now };
    const message: Message = {
      ...common,
      id: newId(),
      role: 'user',
      status: 'COMPLETED',
      content: [...saidWithoutSecrets(content)],
      replaces: replaces ?? null,
    };
    const answer: Message = {
      ...common,
      id: newId(),
      role: 'assistant',
      status: 'PENDING',
      content: [],
    };
    const put = (): void => {
      if (replaces !== undefined) this.#cut(thread, replaces, now);
      this.#deliver(content, now);
      statements
        .prepare(
          `INSERT INTO executions (id, thread_id, group_id, user_id, state, created_at)
            VALUES (?, ?, ?, ?, 'QUEUED', ?)`,
        )
        .run(execution, thread, scope.group, scope.user, now);
      this.#insert(scope, message);
      this.#insert(scope, answer);
      const { changes } = statements
        .prepare('UPDATE threads SET updated_at = ? WHERE id = ? AND deleted_at IS NULL')
        .run(now, thread);
      if (changes !== 1) throw new NexusError('THREAD_TRASHED', { thread });
    };
    return { sent: { message, answer, execution }, put };
  }

  /** Puts a message of a person and all after it into the trash. */
  #cut(thread: string, message: string, now: number): void {
    const { statements } = this.#deps;
    const seq = statements
      .prepare<[string, string], number>(
        `SELECT seq FROM messages WHERE id = ? AND thread_id = ? AND role = 'user' AND deleted_at IS NULL`,
      )
      .pluck()
      .get(message, thread);
    if (seq === undefined) throw new NexusError('MESSAGE_UNKNOWN', { message, thread });
    const isOpen = statements
      .prepare(
        `SELECT 1 FROM messages JOIN executions ON executions.id = execution_id
          WHERE messages.thread_id = ? AND seq >= ? AND ended_at IS NULL`,
      )
      .get(thread, seq);
    if (isOpen !== undefined) throw new NexusError('THREAD_BUSY', { thread });
    statements
      .prepare('UPDATE messages SET deleted_at = ? WHERE thread_id = ? AND seq >= ? AND deleted_at IS NULL')
      .run(now, thread, seq);
  }

  #deliver(content: readonly MessageBlock[], now: number): void {
    const delivered = this.#deps.statements.prepare(
      'UPDATE threads SET delivered_at = ? WHERE id = ? AND delivered_at IS NULL',
    );
    for (const block of content) {
      if (block.type !== 'report' || delivered.run(now, block.thread).changes === 1) continue;
      throw new NexusError('EXECUTION_STATE', { execution: block.thread, state: 'delivered', wanted: 'so' });
    }
  }

  #insert(scope: Scope, message: Message): void {
    const content = JSON.stringify(message.content);
    const { lastInsertRowid } = this.#deps.statements
      .prepare(
        `INSERT INTO messages (id, thread_id, group_id, role, status, content, replaces, execution_id, created_at, updated_at)
          VALUES (@id, @thread, @group, @role, @status, @content, @replaces, @execution, @createdAt, @updatedAt)`,
      )
      .run({ ...message, pinned: null, group: scope.group, content });
    this.#keep(message, content.length);
    const words = wordsOf(message.content);
    if (words !== '')
      this.#deps.statements
        .prepare('INSERT INTO message_words (rowid, words) VALUES (?, ?)')
        .run(lastInsertRowid, words);
  }
}
