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
  readonly executionId: string | null;
}

export interface BudgetLimit {
  readonly kind: BudgetKind;
  /** Id of the tenant, user, assistant or thread. */
  readonly subject: string;
  readonly limitMicros: number;
}

/** A share of a budget, in percent, that spending has reached for the first time this day. */
export interface BudgetAlert extends BudgetLimit {
  readonly percent: number;
  readonly spentMicros: number;
}

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
  | { readonly ok: true; readonly alerts: readonly BudgetAlert[] }
  | { readonly ok: false; readonly over: BudgetAlert; readonly renewsAt: number };

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
    id: string,
    scope: Scope,
    figures: UsageFigures,
    limits: readonly BudgetLimit[],
  ): Promise<readonly BudgetAlert[]>;
  sums(scope: Scope, query: UsageQuery): Promise<readonly UsageSum[]>;
  /** What each subject spent today, reservations included. */
  today(scope: Scope): Promise<readonly { kind: BudgetKind; subject: string; spentMicros: number }[]>;
}
