import { z } from 'zod';
import { canonicalJson } from '../base/canonical-json.ts';
import { NexusError } from '../base/errors.ts';
import { redactedHead } from '../base/redact.ts';
import {
  directiveSchema,
  undoSchema,
  type Directive,
  type DirectiveChange,
  type DirectiveState,
  type DirectiveStore,
  type NewDirective,
} from '../contract/directives.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import { putSignal, type WorkStoreDeps } from './signals.ts';

const columns = `id, kind, state, reason, payload, idempotency_key AS key, run_at AS runAt, attempts,
  max_attempts AS maxAttempts, execution_id AS execution, run_id AS run, rerun_of AS rerunOf, undo, result,
  group_id AS "group", user_id AS user, actor, created_at AS createdAt, started_at AS startedAt, ended_at AS endedAt`;
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group)`;
const object = z.record(z.string(), z.unknown());
const rowSchema = directiveSchema.extend({
  payload: z.string().transform((text) => object.parse(JSON.parse(text))),
  undo: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : undoSchema.parse(JSON.parse(text)))),
  result: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : object.parse(JSON.parse(text)))),
});
/** Errors quote tools, and those may quote their secrets. */
const mostReasonChars = 2_000;
const finals: ReadonlySet<DirectiveState> = new Set(['succeeded', 'failed', 'canceled']);

/** The directives of one tenant's SQLite database. */
export class SqliteDirectiveStore implements DirectiveStore {
  readonly #deps: WorkStoreDeps;

  constructor(deps: WorkStoreDeps) {
    this.#deps = deps;
  }

  async add({ user, group, actor }: Scope, wanted: NewDirective): Promise<Directive> {
    const { db, writer, clock, newId } = this.#deps;
    const now = clock.now();
    const { kind, key, runAt, maxAttempts, execution, rerunOf } = wanted;
    const payload = canonicalJson(wanted.payload);
    await writer.write(() => {
      db.prepare(
        `INSERT INTO directives (id, group_id, user_id, actor, kind, payload, idempotency_key, state, run_at, attempts,
            max_attempts, execution_id, rerun_of, created_at)
          VALUES (@id, @group, @user, @actor, @kind, @payload, @key, 'requested', @runAt, 0, @maxAttempts, @execution, @rerunOf, @now)
          ON CONFLICT (idempotency_key) DO NOTHING`,
      ).run({
        id: newId(),
        group,
        user,
        actor,
        kind,
        payload,
        key,
        runAt: runAt ?? now,
        maxAttempts: maxAttempts ?? 1,
        execution: execution ?? null,
        rerunOf: rerunOf ?? null,
        now,
      });
    }, payload.length);
    const there = this.#one('idempotency_key = @key', { key });
    const isSame = there?.kind === kind && canonicalJson(there.payload) === payload;
    if (there === null || !isSame || there.user !== user)
      throw new NexusError('DIRECTIVE_KEY_TAKEN', { key });
    return there;
  }

  async get({ user, group }: Scope, id: string): Promise<Directive | null> {
    return this.#one(`id = @id AND ${visible}`, { id, user, group });
  }

  async ofRun({ user, group }: Scope, run: string): Promise<Directive | null> {
    return this.#one(`run_id = @run AND ${visible}`, { run, user, group });
  }

  async move(from: Directive, change: DirectiveChange): Promise<Directive | null> {
    const { db, writer, clock } = this.#deps;
    const now = clock.now();
    const to: Directive = {
      ...from,
      ...change,
      reason: typeof change.reason === 'string' ? redactedHead(change.reason, mostReasonChars) : null,
      startedAt: change.state === 'running' ? now : from.startedAt,
      endedAt: finals.has(change.state) ? now : null,
    };
    let changes = 0;
    await writer.write(
      db.transaction(() => {
        ({ changes } = db
          .prepare(
            `UPDATE directives SET state = @state, reason = @reason, run_at = @runAt, attempts = @attempts, run_id = @run,
                undo = @undo, result = @result, started_at = @startedAt, ended_at = @endedAt
              WHERE id = @id AND state = @fromState AND attempts = @fromAttempts`,
          )
          .run({
            id: to.id,
            state: to.state,
            reason: to.reason,
            runAt: to.runAt,
            attempts: to.attempts,
            run: to.run,
            undo: to.undo === null ? null : JSON.stringify(to.undo),
            result: to.result === null ? null : JSON.stringify(to.result),
            startedAt: to.startedAt,
            endedAt: to.endedAt,
            fromState: from.state,
            fromAttempts: from.attempts,
          }));
        if (changes === 1 && (to.endedAt !== null || to.state === 'unknown')) this.#tell(to);
      }),
    );
    return changes === 1 ? to : null;
  }

  async due(now: number, limit: number): Promise<readonly Directive[]> {
    return this.#all(
      `state = 'requested' AND execution_id IS NULL AND run_at <= @now ORDER BY run_at, id LIMIT @limit`,
      { now, limit },
    );
  }

  async running(): Promise<readonly Directive[]> {
    return this.#all(`state = 'running' ORDER BY id`, {});
  }

  async abandoned(): Promise<readonly Directive[]> {
    return this.#all(
      `(state = 'requested' OR state = 'running') AND execution_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM executions WHERE executions.id = execution_id AND executions.ended_at IS NULL)`,
      {},
    );
  }

  async unknownLike({ user, group }: Scope, kind: string, payload: JsonObject): Promise<Directive | null> {
    return this.#one(
      `state = 'unknown' AND kind = @kind AND payload = @payload AND ${visible} ORDER BY id LIMIT 1`,
      { kind, payload: canonicalJson(payload), user, group },
    );
  }

  /** The end of a directive is a fact. */
  #tell({ id, kind, state, reason, run, user, group, actor }: Directive): void {
    putSignal(
      this.#deps,
      { user, group, actor },
      {
        name: `directive.${state}`,
        subject: id,
        data: { kind, reason, run },
        dedupeKey: `directive:${id}:${state}`,
      },
    );
  }

  #one(where: string, values: Record<string, unknown>): Directive | null {
    const row = this.#deps.db.prepare(`SELECT ${columns} FROM directives WHERE ${where}`).get(values);
    return row === undefined ? null : rowSchema.parse(row);
  }

  #all(where: string, values: Record<string, unknown>): readonly Directive[] {
    const rows = this.#deps.db.prepare(`SELECT ${columns} FROM directives WHERE ${where}`).all(values);
    return rows.map((row) => rowSchema.parse(row));
  }
}
