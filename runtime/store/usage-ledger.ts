import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { Scope } from '../contract/scope.ts';
import type {
  BudgetAlert,
  BudgetKind,
  BudgetLimit,
  ModelCallContext,
  ReserveOutcome,
  UsageFigures,
  UsageLedger,
  UsageQuery,
  UsageReservation,
  UsageSum,
} from '../contract/usage.ts';
import { keptStatements } from './kept-statements.ts';

const dayMs = 86_400_000;
/** Shares of a budget that are told once a day each. */
const alertPercents = [100, 80, 50];

const groupColumns: Readonly<Record<UsageQuery['by'], string>> = {
  model: 'model',
  user: 'user_id',
  assistant: 'assistant',
  thread: 'thread_id',
  day: `strftime('%Y-%m-%d', day * 86400, 'unixepoch')`,
};

interface OpenRow {
  readonly day: number;
  readonly tenant: string;
  readonly user_id: string;
  readonly assistant: string | null;
  readonly thread_id: string | null;
  readonly reserved_micros: number | null;
}

interface DayRow {
  readonly spent_micros: number;
  readonly alerted_percent: number;
}

/** The usage of models in a tenant's SQLite database. */
export class SqliteUsageLedger implements UsageLedger {
  readonly #db: Database.Database;
  readonly #statements: Pick<Database.Database, 'prepare'>;
  readonly #clock: Clock;

  constructor(db: Database.Database, clock: Clock) {
    this.#db = db;
    this.#statements = keptStatements(db);
    this.#clock = clock;
  }

  async reserve(reservation: UsageReservation, limits: readonly BudgetLimit[]): Promise<ReserveOutcome> {
    const now = this.#clock.now();
    return this.#db.transaction((): ReserveOutcome => this.#reserve(reservation, limits, now)).immediate();
  }

  async settle(
    id: string,
    { tenant }: Scope,
    figures: UsageFigures,
    limits: readonly BudgetLimit[],
  ): Promise<readonly BudgetAlert[]> {
    return this.#db.transaction(() => this.#settle(id, tenant, figures, limits)).immediate();
  }

  async sums({ tenant }: Scope, { by, since }: UsageQuery): Promise<readonly UsageSum[]> {
    return this.#statements
      .prepare<[string, number], UsageSum>(
        `SELECT ${groupColumns[by]} AS "group", count(*) AS calls,
            coalesce(sum(input_tokens), 0) AS inputTokens, coalesce(sum(output_tokens), 0) AS outputTokens,
            coalesce(sum(cache_read_tokens), 0) AS cacheReadTokens,
            coalesce(sum(cache_write_tokens), 0) AS cacheWriteTokens,
            coalesce(sum(cost_micros), 0) AS costMicros,
            count(*) - count(cost_micros) AS unknownCalls, sum(is_estimated) AS estimatedCalls
          FROM model_usage WHERE tenant = ? AND at >= ? AND state = 'SETTLED'
          GROUP BY 1 ORDER BY costMicros DESC, 1 LIMIT 1000`,
      )
      .all(tenant, since);
  }

  async today({ tenant }: Scope) {
    return this.#statements
      .prepare<[string, number], { kind: BudgetKind; subject: string; spentMicros: number }>(
        `SELECT kind, subject, spent_micros AS spentMicros FROM budget_days
          WHERE tenant = ? AND day = ? ORDER BY spent_micros DESC LIMIT 1000`,
      )
      .all(tenant, dayOf(this.#clock.now()));
  }

  #reserve(reservation: UsageReservation, limits: readonly BudgetLimit[], now: number): ReserveOutcome {
    const { id, context, model, micros } = reservation;
    const { tenant } = context.scope;
    const day = dayOf(now);
    for (const limit of limits) {
      const spentMicros = this.#dayRow(tenant, day, limit).spent_micros;
      // A call that can cost nothing is never over.
      if (!micros || spentMicros + micros <= limit.limitMicros) continue;
      return { ok: false, over: { ...limit, percent: 100, spentMicros }, renewsAt: (day + 1) * dayMs };
    }
    this.#statements
      .prepare(
        `INSERT INTO model_usage (id, state, at, day, tenant, user_id, assistant, thread_id, execution_id, model,
            reserved_micros, is_estimated) VALUES (?, 'RESERVED', ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
      )
      .run(
        id,
        now,
        day,
        tenant,
        context.scope.user,
        context.assistant,
        context.threadId,
        context.executionId,
        model,
        micros,
      );
    this.#spend(tenant, day, subjectsOf(context), micros ?? 0);
    return { ok: true, alerts: this.#alerts(tenant, day, limits) };
  }

  #settle(
    id: string,
    tenant: string,
    figures: UsageFigures,
    limits: readonly BudgetLimit[],
  ): readonly BudgetAlert[] {
    const row = this.#statements
      .prepare<[string, string], OpenRow>(
        `SELECT day, tenant, user_id, assistant, thread_id, reserved_micros FROM model_usage
          WHERE id = ? AND tenant = ? AND state = 'RESERVED'`,
      )
      .get(id, tenant);
    if (row === undefined) throw new Error(`model call ${id} is not reserved`);
    this.#statements
      .prepare(
        `UPDATE model_usage SET state = 'SETTLED', input_tokens = @inputTokens, output_tokens = @outputTokens,
            cache_read_tokens = @cacheReadTokens, cache_write_tokens = @cacheWriteTokens,
            cost_micros = @costMicros, is_estimated = @estimated
          WHERE id = @id AND state = 'RESERVED'`,
      )
      .run({ ...figures, estimated: figures.isEstimated ? 1 : 0, id });
    const change = (figures.costMicros ?? 0) - (row.reserved_micros ?? 0);
    const subjects = { tenant, user: row.user_id, assistant: row.assistant, thread: row.thread_id };
    this.#spend(tenant, row.day, subjects, change);
    return this.#alerts(tenant, row.day, limits);
  }

  #spend(
    tenant: string,
    day: number,
    subjects: Readonly<Record<BudgetKind, string | null>>,
    micros: number,
  ): void {
    const add = this.#statements.prepare(
      `INSERT INTO budget_days (tenant, day, kind, subject, spent_micros, alerted_percent) VALUES (?, ?, ?, ?, ?, 0)
        ON CONFLICT DO UPDATE SET spent_micros = spent_micros + excluded.spent_micros`,
    );
    for (const [kind, subject] of Object.entries(subjects))
      if (subject !== null) add.run(tenant, day, kind, subject, micros);
  }

  /** The shares that are reached now and were not before; from then on they have been. */
  #alerts(tenant: string, day: number, limits: readonly BudgetLimit[]): readonly BudgetAlert[] {
    return limits.flatMap((limit) => {
      const row = this.#dayRow(tenant, day, limit);
      const reached = alertPercents.find((share) => row.spent_micros >= (limit.limitMicros * share) / 100);
      if (reached === undefined || reached <= row.alerted_percent) return [];
      this.#statements
        .prepare(
          'UPDATE budget_days SET alerted_percent = ? WHERE tenant = ? AND day = ? AND kind = ? AND subject = ?',
        )
        .run(reached, tenant, day, limit.kind, limit.subject);
      return [{ ...limit, percent: reached, spentMicros: row.spent_micros }];
    });
  }

  #dayRow(tenant: string, day: number, { kind, subject }: BudgetLimit): DayRow {
    const row = this.#statements
      .prepare<[string, number, string, string], DayRow>(
        `SELECT spent_micros, alerted_percent FROM budget_days
          WHERE tenant = ? AND day = ? AND kind = ? AND subject = ?`,
      )
      .get(tenant, day, kind, subject);
    return row ?? { spent_micros: 0, alerted_percent: 0 };
  }
}

/** Calls that a dead kernel left open count as spent at what was reserved for them: nobody knows what they took. */
export function recoverUsage(db: Database.Database): void {
  db.prepare(
    `UPDATE model_usage SET state = 'SETTLED', cost_micros = reserved_micros, is_estimated = 1
      WHERE state = 'RESERVED'`,
  ).run();
}

function subjectsOf({
  scope,
  assistant,
  threadId,
}: ModelCallContext): Readonly<Record<BudgetKind, string | null>> {
  return { tenant: scope.tenant, user: scope.user, assistant, thread: threadId };
}

function dayOf(nowMs: number): number {
  return Math.floor(nowMs / dayMs);
}
