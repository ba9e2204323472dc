import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import {
  stepSchema,
  type Execution,
  type ExecutionState,
  type ExecutionStore,
  type MessageStatus,
  type Step,
  type UntrustedPart,
} from '../contract/threads.ts';
import { contentOf, usageOf } from '../contract/turn-content.ts';
import type { GroupWriter } from './group-writer.ts';
import type { ThreadStoreDeps } from './thread-store-deps.ts';
import { stepWithoutSecrets } from './without-secrets.ts';
import { wordsOf } from './words.ts';

type ExecutionRow = Omit<Execution, 'steps'>;

const columns = `executions.id, executions.group_id AS "group", executions.user_id AS user, executions.thread_id AS thread, messages.id AS message, threads.assistant, threads.parent,
  executions.assistant_version AS assistantVersion, state, reason,
  executions.created_at AS createdAt, ended_at AS endedAt`;
const answered = `FROM executions JOIN messages ON messages.execution_id = executions.id AND role = 'assistant'
  JOIN threads ON threads.id = executions.thread_id`;
const visible = `executions.user_id = @user AND (@group IS NULL OR executions.group_id = @group)`;

const statusOf: Readonly<Record<ExecutionState, MessageStatus>> = {
  QUEUED: 'PENDING',
  RUNNING: 'PROCESSING',
  WAITING: 'WAITING',
  SUCCEEDED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
};
/** Steps that say nothing in the message of their turn. */
const silent: ReadonlySet<Step['kind']> = new Set(['routing', 'fallback', 'tool_started', 'compaction']);
const finals: readonly ExecutionState[] = ['SUCCEEDED', 'FAILED', 'CANCELED'];

/** The turns of one tenant's SQLite database. */
export class SqliteExecutionStore implements ExecutionStore {
  readonly #db: Database.Database;
  readonly #statements: ThreadStoreDeps['statements'];
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  /** The turn that was written last, so that its steps need not be read again for each one that is added. */
  #latest: { readonly id: string; readonly steps: readonly Step[] } | null = null;

  constructor({ db, statements, writer, clock }: ThreadStoreDeps) {
    this.#db = db;
    this.#statements = statements;
    this.#writer = writer;
    this.#clock = clock;
  }

  async get({ user, group }: Scope, id: string): Promise<Execution | null> {
    const row = this.#statements
      .prepare<[Record<string, unknown>], ExecutionRow>(
        `SELECT ${columns} ${answered} WHERE executions.id = @id AND ${visible}`,
      )
      .get({ id, user, group });
    return row === undefined ? null : { ...row, steps: this.#steps(id) };
  }

  async answeredBy(_scope: Scope, id: string, assistantVersion: number): Promise<void> {
    await this.#writer.write(
      this.#db.transaction(() => {
        const recorded = this.#statements
          .prepare<[number, string], number>(
            `UPDATE executions SET assistant_version = coalesce(assistant_version, ?)
              WHERE id = ? AND ended_at IS NULL RETURNING assistant_version`,
          )
          .pluck()
          .get(assistantVersion, id);
        if (recorded === undefined) this.#refuse(id, 'answered');
        this.#statements
          .prepare(`UPDATE messages SET assistant_version = ? WHERE execution_id = ? AND role = 'assistant'`)
          .run(recorded, id);
      }),
    );
  }

  async open(_scope: Scope): Promise<readonly Execution[]> {
    return this.#statements
      .prepare<[], ExecutionRow>(
        `SELECT ${columns} ${answered} WHERE ended_at IS NULL ORDER BY executions.id`,
      )
      .all()
      .map((row) => ({ ...row, steps: this.#steps(row.id) }));
  }

  async move(
    { user, group }: Scope,
    id: string,
    from: readonly ExecutionState[],
    to: ExecutionState,
    reason?: string,
  ): Promise<string> {
    const now = this.#clock.now();
    const endedAt = finals.includes(to) ? now : null;
    let thread = '';
    await this.#writer.write(
      this.#db.transaction(() => {
        const moved = this.#statements
          .prepare<[Record<string, unknown>], string>(
            `UPDATE executions SET state = @to, reason = @reason, ended_at = @endedAt
              WHERE id = @id AND ${visible} AND state IN (SELECT value FROM json_each(@from)) RETURNING thread_id`,
          )
          .pluck()
          .get({ id, user, group, to, reason: reason ?? null, endedAt, from: JSON.stringify(from) });
        thread = moved ?? this.#refuse(id, to);
        this.#statements
          .prepare(
            `UPDATE messages SET status = ?, failed_reason = ?, updated_at = ?
              WHERE execution_id = ? AND role = 'assistant'`,
          )
          .run(statusOf[to], to === 'FAILED' ? (reason ?? null) : null, now, id);
      }),
    );
    return thread;
  }

  async untrustedKinds(_scope: Scope, thread: string): Promise<readonly UntrustedPart['kind'][]> {
    return this.#statements
      .prepare<[string], UntrustedPart['kind']>(
        `SELECT DISTINCT part.value ->> '$.kind' FROM executions JOIN execution_steps ON execution_id = executions.id
            JOIN json_each(step, '$.parts') AS part
          WHERE thread_id = ? AND step ->> '$.kind' = 'untrusted'`,
      )
      .pluck()
      .all(thread);
  }

  async append(_scope: Scope, id: string, position: number, given: Step): Promise<Step> {
    const step = stepWithoutSecrets(given);
    const now = this.#clock.now();
    const write = this.#db.transaction(() => {
      const { changes } = this.#statements
        .prepare(
          `INSERT INTO execution_steps SELECT @id, @position, @step, @now
              WHERE @position = (SELECT count(*) FROM execution_steps WHERE execution_id = @id)
                AND EXISTS (SELECT 1 FROM executions WHERE id = @id AND ended_at IS NULL)`,
        )
        .run({ id, position, step: JSON.stringify(step), now });
      if (changes !== 1) this.#refuse(id, `a turn of ${position + 1} steps`);
      this.#bringUp(id, step, now);
    });
    // The model is asked meanwhile.
    await (step.kind === 'routing' ? this.#writer.write(write) : this.#writer.writeNow(write));
    return step;
  }

  /** The message of a turn is what its steps come to. */
  #bringUp(id: string, step: Step, now: number): void {
    const known = this.#latest?.id === id ? this.#latest.steps : [];
    const count = this.#count(id);
    const steps = known.length === count - 1 ? [...known, step] : this.#steps(id);
    this.#latest = { id, steps };
    const content = silent.has(step.kind) ? null : contentOf(steps);
    const row = this.#statements
      .prepare<[Record<string, unknown>], { seq: number; thread: string }>(
        `UPDATE messages SET content = coalesce(@content, content), model = coalesce(@model, model),
            routing = coalesce(@routing, routing), usage = coalesce(@usage, usage), updated_at = @now
          WHERE execution_id = @id AND role = 'assistant' RETURNING seq, thread_id AS thread`,
      )
      .get({
        id,
        now,
        content: content && JSON.stringify(content),
        model: step.kind === 'model_call' || step.kind === 'interrupted' ? step.model : null,
        routing: step.kind === 'routing' ? JSON.stringify(step.decision) : null,
        usage: 'usage' in step ? JSON.stringify(usageOf(steps)) : null,
      });
    if (row === undefined) this.#refuse(id, 'a turn with a message');
    // What tools answer is not searched.
    if (content !== null && step.kind !== 'tool_result')
      this.#statements
        .prepare('INSERT OR REPLACE INTO message_words (rowid, words) VALUES (?, ?)')
        .run(row.seq, wordsOf(content));
    if (step.kind !== 'compaction' || step.through === null) return;
    this.#statements
      .prepare('INSERT INTO summaries (execution_id, position, thread_id, through) VALUES (?, ?, ?, ?)')
      .run(id, steps.length - 1, row.thread, step.through);
  }

  #count(id: string): number {
    return (
      this.#statements
        .prepare<[string], number>('SELECT count(*) FROM execution_steps WHERE execution_id = ?')
        .pluck()
        .get(id) ?? 0
    );
  }

  #steps(id: string): readonly Step[] {
    return this.#statements
      .prepare<[string], string>('SELECT step FROM execution_steps WHERE execution_id = ? ORDER BY position')
      .pluck()
      .all(id)
      .map((text) => stepSchema.parse(JSON.parse(text)));
  }

  #refuse(id: string, wanted: string): never {
    const state = this.#statements
      .prepare<[string], string>('SELECT state FROM executions WHERE id = ?')
      .pluck()
      .get(id);
    throw new NexusError('EXECUTION_STATE', { execution: id, state: state ?? 'not there', wanted });
  }
}
