import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { redactKnown } from '../base/known-secrets.ts';
import type {
  Memories,
  Memory,
  MemoryOrigin,
  MemoryQuery,
  NewMemory,
  TrustedFiles,
} from '../contract/memories.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';
import type { Statements } from './kept-statements.ts';
import { removeInChunks } from './purge-trash.ts';
import { anyWordOf, matchOf } from './words.ts';

const columns = `memories.id, scope, assistant, text, trust, thread, execution, created_at AS createdAt,
  deleted_at AS deletedAt, approved_at AS approvedAt, approved_by AS approvedBy`;
/** Those of the user, and those for everybody in the group; what was written for an assistant is its writer's. */
const visible = `(@group IS NULL OR group_id IS @group) AND (user_id = @user OR scope = 'organisation')`;
/** Memories whose words fit that are looked at to choose the best. */
const mostCandidates = 200;
/** A memory of this age counts half as new, in milliseconds. */
const halfNewMs = 30 * 86_400_000;
const mostWords = 32;

export interface MemoryStoreDeps {
  readonly db: Database.Database;
  /** What every turn asks, prepared once. */
  readonly statements: Statements;
  readonly writer: GroupWriter;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** The memories of one tenant's SQLite database. */
export class SqliteMemories implements Memories, TrustedFiles {
  readonly #db: Database.Database;
  readonly #statements: Statements;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #newId: NewId;

  constructor({ db, statements, writer, clock, newId }: MemoryStoreDeps) {
    this.#db = db;
    this.#statements = statements;
    this.#writer = writer;
    this.#clock = clock;
    this.#newId = newId;
  }

  async add(scope: Scope, memory: NewMemory, origin?: MemoryOrigin): Promise<Memory> {
    const { user, group } = scope;
    const values = {
      id: this.#newId(),
      user,
      group,
      scope: memory.scope,
      assistant: memory.scope === 'assistant' ? (memory.assistant ?? null) : null,
      text: redactKnown(memory.text),
      trust: origin?.trust ?? 'person',
      thread: origin?.thread ?? null,
      execution: origin?.execution ?? null,
      call: origin?.call ?? null,
      now: this.#clock.now(),
    };
    let row: Memory | undefined;
    await this.#writer.write(
      this.#db.transaction(() => {
        const { changes, lastInsertRowid } = this.#db
          .prepare(
            `INSERT INTO memories (id, group_id, user_id, scope, assistant, text, trust, thread, execution, call, created_at)
              VALUES (@id, @group, @user, @scope, @assistant, @text, @trust, @thread, @execution, @call, @now)
              ON CONFLICT (execution, call) DO NOTHING`,
          )
          .run(values);
        if (changes === 1)
          this.#db
            .prepare('INSERT INTO memory_words (rowid, words) VALUES (?, ?)')
            .run(lastInsertRowid, values.text);
        row = this.#db
          .prepare<[Record<string, unknown>], Memory>(
            `SELECT ${columns} FROM memories WHERE id = @id OR (execution = @execution AND call = @call)`,
          )
          .get(values);
      }),
    );
    if (row === undefined) throw new TypeError('a memory that was written is not there');
    return row;
  }

  async list({ user, group }: Scope, query: MemoryQuery): Promise<readonly Memory[]> {
    const { search, scope = null, trust = null, deleted, before = null, limit } = query;
    const words = search === undefined ? null : matchOf(search);
    const found = words === null ? '' : 'JOIN memory_words ON memory_words.rowid = seq';
    return this.#db
      .prepare<[Record<string, unknown>], Memory>(
        `SELECT ${columns} FROM memories ${found}
          WHERE ${visible} AND (deleted_at IS NOT NULL) = @deleted
            AND (@scope IS NULL OR scope = @scope) AND (@trust IS NULL OR trust = @trust)
            AND (@before IS NULL OR seq < (SELECT seq FROM memories WHERE id = @before))
            ${words === null ? '' : 'AND memory_words MATCH @words'}
          ORDER BY ${words === null ? 'seq DESC' : 'bm25(memory_words), seq DESC'} LIMIT @limit`,
      )
      .all({ user, group, scope, trust, before, words, limit, deleted: deleted === 'true' ? 1 : 0 });
  }

  async get({ user, group }: Scope, id: string): Promise<Memory | null> {
    const memory = this.#db
      .prepare<[Record<string, unknown>], Memory>(
        `SELECT ${columns} FROM memories WHERE id = @id AND ${visible}`,
      )
      .get({ id, user, group });
    return memory ?? null;
  }

  async relevant(
    { user, group }: Scope,
    about: {
      readonly text: string;
      readonly assistant: string;
      readonly before: number;
      readonly limit: number;
    },
  ): Promise<readonly Memory[]> {
    const words = anyWordOf(about.text, mostWords);
    if (words === null) return [];
    const now = this.#clock.now();
    const found = this.#statements
      .prepare<[Record<string, unknown>], Memory & { readonly rank: number }>(
        `SELECT ${columns}, bm25(memory_words) AS rank FROM memory_words JOIN memories ON seq = memory_words.rowid
          WHERE memory_words MATCH @words AND ${visible} AND deleted_at IS NULL AND created_at <= @before
            AND (scope <> 'assistant' OR assistant = @assistant)
          ORDER BY rank LIMIT @limit`,
      )
      .all({ user, group, words, before: about.before, assistant: about.assistant, limit: mostCandidates });
    // bm25 is negative, the better the smaller; a new memory counts up to twice.
    const worth = ({ rank, createdAt }: { rank: number; createdAt: number }): number =>
      -rank * (1 + halfNewMs / (halfNewMs + Math.max(0, now - createdAt)));
    return found
      .toSorted((a, b) => worth(b) - worth(a))
      .slice(0, about.limit)
      .map(({ rank: _rank, ...memory }) => memory);
  }

  async approve(scope: Scope, id: string): Promise<Memory> {
    const by = `${scope.user} (${scope.actor})`;
    const set = `trust = 'person', approved_at = coalesce(approved_at, @now), approved_by = coalesce(approved_by, @by)`;
    return await this.#change(scope, id, { set, values: { by } });
  }

  async setDeleted(scope: Scope, id: string, deleted: boolean): Promise<Memory> {
    return await this.#change(scope, id, { set: `deleted_at = ${deleted ? '@now' : 'NULL'}`, values: {} });
  }

  async purge(
    { user, group }: Scope,
    olderThanMs: number,
    chunk: number,
    signal?: AbortSignal,
  ): Promise<number> {
    const values = { end: this.#clock.now() - olderThanMs, user, group, chunk };
    const remove = (): number => {
      const seqs = JSON.stringify(
        this.#db
          .prepare(`SELECT seq FROM memories WHERE deleted_at < @end AND ${visible} LIMIT @chunk`)
          .pluck()
          .all(values),
      );
      const these = 'IN (SELECT value FROM json_each(?))';
      this.#db.prepare(`DELETE FROM memory_words WHERE rowid ${these}`).run(seqs);
      return this.#db.prepare(`DELETE FROM memories WHERE seq ${these}`).run(seqs).changes;
    };
    return await removeInChunks({ db: this.#db, writer: this.#writer }, chunk, remove, signal);
  }

  async isTrusted(_scope: Scope, path: string, sha256: string): Promise<boolean> {
    const trusted = this.#statements
      .prepare('SELECT 1 FROM trusted_files WHERE path = ? AND sha256 = ?')
      .get(path, sha256);
    return trusted !== undefined;
  }

  async trust({ user, actor }: Scope, path: string, sha256: string): Promise<void> {
    await this.#writer.write(() => {
      this.#db
        .prepare(
          'INSERT OR REPLACE INTO trusted_files (path, sha256, approved_at, approved_by) VALUES (?, ?, ?, ?)',
        )
        .run(path, sha256, this.#clock.now(), `${user} (${actor})`);
    });
  }

  async #change(
    { user, group }: Scope,
    id: string,
    { set, values }: { readonly set: string; readonly values: Record<string, unknown> },
  ): Promise<Memory> {
    let row: Memory | undefined;
    await this.#writer.write(() => {
      row = this.#db
        .prepare<[Record<string, unknown>], Memory>(
          `UPDATE memories SET ${set} WHERE id = @id AND ${visible} RETURNING ${columns}`,
        )
        .get({ ...values, id, user, group, now: this.#clock.now() });
    });
    if (row === undefined) throw new NexusError('MEMORY_UNKNOWN', { memory: id });
    return row;
  }
}
