import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { Scope } from '../contract/scope.ts';
import { subjectsOf } from '../contract/usage.ts';
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
  readonly reserved_micros: number | null;
}

interface DayRow {
  readonly spent_micros: number;
  readonly reserved_micros: number;
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
    reserved: Pick<UsageReservation, 'id' | 'context'>,
    figures: UsageFigures,
    limits: readonly BudgetLimit[],
  ): Promise<readonly BudgetAlert[]> {
    return this.#db.transaction(() => this.#settle(reserved, figures, limits)).immediate();
  }

  async alerts({ tenant }: Scope, limit: number): Promise<readonly BudgetAlert[]> {
    return this.#statements
      .prepare<[string, number], BudgetAlert>(
        `SELECT at, kind, subject, percent, spent_micros AS spentMicros, limit_micros AS limitMicros
          FROM budget_alerts WHERE tenant = ? ORDER BY at DESC, percent DESC LIMIT ?`,
      )
      .all(tenant, limit);
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
      const alerts = this.#alert(tenant, day, limit, 100);
      return { ok: false, over: { ...limit, spentMicros }, alerts, renewsAt: (day + 1) * dayMs };
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
    this.#spend(day, context, micros ?? 0, micros ?? 0);
    return { ok: true };
  }

  #settle(
    { id, context }: Pick<UsageReservation, 'id' | 'context'>,
    figures: UsageFigures,
    limits: readonly BudgetLimit[],
  ): readonly BudgetAlert[] {
    const { tenant } = context.scope;
    const row = this.#statements
      .prepare<[string, string], OpenRow>(
        `SELECT day, reserved_micros FROM model_usage
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
    const reserved = row.reserved_micros ?? 0;
    this.#spend(row.day, context, (figures.costMicros ?? 0) - reserved, -reserved);
    return this.#alerts(tenant, row.day, limits);
  }

  #spend(day: number, context: ModelCallContext, micros: number, reserved: number): void {
    const add = this.#statements.prepare(
      `INSERT INTO budget_days (tenant, day, kind, subject, spent_micros, reserved_micros)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET spent_micros = spent_micros + excluded.spent_micros,
          reserved_micros = reserved_micros + excluded.reserved_micros`,
    );
    for (const { kind, subject } of subjectsOf(context))
      add.run(context.scope.tenant, day, kind, subject, micros, reserved);
  }

  /** The shares that are spent now and were not before; what is only set aside may yet be given back. */
  #alerts(tenant: string, day: number, limits: readonly BudgetLimit[]): readonly BudgetAlert[] {
    return limits.flatMap((limit) => {
      const { spent_micros: spent, reserved_micros: reserved } = this.#dayRow(tenant, day, limit);
      const reached = alertPercents.find((share) => spent - reserved >= (limit.limitMicros * share) / 100);
      return reached === undefined ? [] : this.#alert(tenant, day, limit, reached);
    });
  }

  /** Puts on record that a share is reached; none when it, or a larger one, was before. */
  #alert(tenant: string, day: number, limit: BudgetLimit, percent: number): readonly BudgetAlert[] {
    const { spent_micros: spentMicros } = this.#dayRow(tenant, day, limit);
    const alert = { ...limit, percent, spentMicros, at: this.#clock.now() };
    const { changes } = this.#statements
      .prepare(
        `INSERT INTO budget_alerts (tenant, day, kind, subject, percent, spent_micros, limit_micros, at)
          SELECT @tenant, @day, @kind, @subject, @percent, @spentMicros, @limitMicros, @at
          WHERE NOT EXISTS (SELECT 1 FROM budget_alerts WHERE tenant = @tenant AND day = @day
            AND kind = @kind AND subject = @subject AND percent >= @percent)`,
      )
      .run({ ...alert, tenant, day });
    return changes === 1 ? [alert] : [];
  }

  #dayRow(tenant: string, day: number, { kind, subject }: BudgetLimit): DayRow {
    const row = this.#statements
      .prepare<[string, number, string, string], DayRow>(
        `SELECT spent_micros, reserved_micros FROM budget_days
          WHERE tenant = ? AND day = ? AND kind = ? AND subject = ?`,
      )
      .get(tenant, day, kind, subject);
    return row ?? { spent_micros: 0, reserved_micros: 0 };
  }
}

/** Calls that a dead kernel left open count as spent at what was reserved for them: nobody knows what they took. */
export function recoverUsage(db: Database.Database): void {
  db.prepare(
    `UPDATE model_usage SET state = 'SETTLED', cost_micros = reserved_micros, is_estimated = 1
      WHERE state = 'RESERVED'`,
  ).run();
  db.prepare('UPDATE budget_days SET reserved_micros = 0 WHERE reserved_micros <> 0').run();
}

function dayOf(nowMs: number): number {
  return Math.floor(nowMs / dayMs);
}
