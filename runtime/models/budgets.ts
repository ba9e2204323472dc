import { NexusError } from '../base/errors.ts';
import type { Settings, SettingValue } from '../contract/settings.ts';
import { subjectsOf } from '../contract/usage.ts';
import type { BudgetKind, BudgetLimit, ModelCallContext, ReserveOutcome } from '../contract/usage.ts';

const microsPerDollar = 1_000_000;

/** The limit of a kind of budget in micro-dollars; undefined: none. */
export function limitOf(settings: Settings, kind: BudgetKind): number | undefined {
  const limit = settings.value(budgetKey(kind));
  return typeof limit === 'number' ? Math.round(limit * microsPerDollar) : undefined;
}

/** The budgets that a call falls under. */
export function limitsFor(settings: Settings, context: ModelCallContext): readonly BudgetLimit[] {
  return subjectsOf(context).flatMap(({ kind, subject }) => {
    const limitMicros = limitOf(settings, kind);
    return limitMicros === undefined ? [] : [{ kind, subject, limitMicros }];
  });
}

/** BUDGET_EXCEEDED: which budget, when it renews, how to raise it. */
export function exceeded(
  { over, renewsAt }: Extract<ReserveOutcome, { ok: false }>,
  micros: number | null,
): NexusError {
  const { kind, subject, limitMicros, spentMicros } = over;
  return new NexusError('BUDGET_EXCEEDED', {
    kind,
    subject,
    limit: dollars(limitMicros),
    spent: dollars(spentMicros),
    asked: dollars(micros ?? 0),
    renewsAt: new Date(renewsAt).toISOString(),
    key: budgetKey(kind),
  });
}

/** The texts of a setting with several. */
export function textsOf(value: SettingValue | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function budgetKey(kind: BudgetKind): string {
  return `budgets.${kind}PerDay`;
}

function dollars(micros: number): string {
  // Below a cent every digit counts.
  return `$${(micros / microsPerDollar).toFixed(micros > 0 && micros < 10_000 ? 6 : 4)}`;
}
