import { z } from 'zod';
import type { Scope } from './scope.ts';

// Money is in whole micro-dollars: a price in dollars for a million tokens is that many micro-dollars for one.

/** Whose spending a budget limits; each for one day, which begins at midnight UTC. */
export const budgetKinds = ['tenant', 'user', 'assistant', 'thread'] as const;
export type BudgetKind = (typeof budgetKinds)[number];

/** For what a model is asked. */
export interface ModelCallContext {
  readonly scope: Scope;
  readonly assistant: string | null;
  readonly threadId: string | null;
  /** Of a sub-agent: the threads above it. It spends from their budgets too. */
  readonly ancestors: readonly string[];
  readonly executionId: string | null;
}

/** Of a call that no conversation asks for. */
export const noThread = { assistant: null, threadId: null, ancestors: [], executionId: null } as const;

/** Whose budgets a call is paid from. */
export function subjectsOf({
  scope,
  assistant,
  threadId,
  ancestors,
}: ModelCallContext): readonly Omit<BudgetLimit, 'limitMicros'>[] {
  return [
    { kind: 'tenant', subject: scope.tenant },
    { kind: 'user', subject: scope.user },
    ...(assistant === null ? [] : [{ kind: 'assistant' as const, subject: assistant }]),
    ...[...(threadId === null ? [] : [threadId]), ...ancestors].map((subject) => ({
      kind: 'thread' as const,
      subject,
    })),
  ];
}

export interface BudgetLimit {
  readonly kind: BudgetKind;
  /** Id of the tenant, user, assistant or thread. */
  readonly subject: string;
  readonly limitMicros: number;
}

/** A share of a budget that was reached for the first time on a day. */
export const budgetAlertSchema = z.object({
  at: z.int(),
  kind: z.enum(budgetKinds),
  subject: z.string(),
  percent: z
    .int()
    .describe('50, 80 or 100; 100 also when a call was refused because it could cost more than is left'),
  spentMicros: z.int().describe('With what is set aside for calls under way'),
  limitMicros: z.int(),
});
export type BudgetAlert = Readonly<z.infer<typeof budgetAlertSchema>>;

export interface UsageReservation {
  readonly id: string;
  readonly context: ModelCallContext;
  readonly model: string;
  /** The most the call can cost; null: the price is not known. */
  readonly micros: number | null;
}

/** What a call took in the end; null is what nobody knows. */
export const usageFiguresSchema = z.object({
  inputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  cacheReadTokens: z.int().nullable(),
  cacheWriteTokens: z.int().nullable(),
  costMicros: z.int().nullable().describe('Micro-dollars; null where the price is not known'),
  isEstimated: z.boolean().describe('Whether anything in it is estimated rather than said by the provider'),
});
export type UsageFigures = Readonly<z.infer<typeof usageFiguresSchema>>;

export type ReserveOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly over: BudgetLimit & { readonly spentMicros: number };
      /** When it is refused for the first time this day. */
      readonly alerts: readonly BudgetAlert[];
      readonly renewsAt: number;
    };

const usageGroups = ['model', 'user', 'assistant', 'thread', 'day'] as const;
export const usageQuerySchema = z.strictObject({
  by: z.enum(usageGroups).default('model'),
  since: z.coerce.number().int().min(0).default(0).describe('Milliseconds since 1970'),
});
export type UsageQuery = z.infer<typeof usageQuerySchema>;

/** The model calls of one group, added up. */
export const usageSumSchema = z.object({
  group: z.string().nullable(),
  calls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
  cacheWriteTokens: z.int(),
  costMicros: z.int().describe('Micro-dollars of the calls whose price is known'),
  unknownCalls: z.int().describe('Calls whose price is not known'),
  estimatedCalls: z.int().describe('Calls whose figures are partly estimated'),
});
export type UsageSum = z.infer<typeof usageSumSchema>;

const budgetViewSchema = z.object({
  kind: z.enum(budgetKinds),
  subject: z.string(),
  spentMicros: z.int(),
  limitMicros: z.int().nullable().describe('Null: nothing is limited'),
});
export const usageViewSchema = z.object({
  sums: z.array(usageSumSchema),
  today: z.array(budgetViewSchema).describe('What was spent today'),
  alerts: z.array(budgetAlertSchema).describe('The latest, newest first'),
  renewsAt: z.int().describe('When the next day begins'),
  pricesAsOf: z.string().describe('Date of the shipped price table'),
});
export type UsageView = z.infer<typeof usageViewSchema>;

/** What model calls cost, each on record before it is made. */
export interface UsageLedger {
  /** In one transaction: all limits hold with it, or nothing is reserved. */
  reserve(reservation: UsageReservation, limits: readonly BudgetLimit[]): Promise<ReserveOutcome>;
  /** Puts the real cost in place of what was reserved. Once for each reservation. */
  settle(
    reserved: Pick<UsageReservation, 'id' | 'context'>,
    figures: UsageFigures,
    limits: readonly BudgetLimit[],
  ): Promise<readonly BudgetAlert[]>;
  /** Newest first. */
  alerts(scope: Scope, limit: number): Promise<readonly BudgetAlert[]>;
  sums(scope: Scope, query: UsageQuery): Promise<readonly UsageSum[]>;
  /** What each subject spent today, reservations included. */
  today(scope: Scope): Promise<readonly { kind: BudgetKind; subject: string; spentMicros: number }[]>;
}
