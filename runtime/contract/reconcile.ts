import { z } from 'zod';
import type { RunRecord } from './runs.ts';
import type { Scope } from './scope.ts';

/** What is known by now of a run that was UNKNOWN. It never changes. */
export const runVerdictSchema = z
  .object({
    run: z.string(),
    happened: z.boolean(),
    note: z.string().describe('How it is known'),
    user: z.string(),
    actor: z.string(),
    at: z.int(),
  })
  .meta({ id: 'RunVerdict' });
export type RunVerdict = z.infer<typeof runVerdictSchema>;

export const reconcileSchema = z
  .strictObject({
    verdict: z
      .enum(['happened', 'not-happened'])
      .optional()
      .describe('What a person knows; absent: ask the check tool its manifest declares'),
    note: z.string().max(2_000).optional(),
  })
  .meta({ id: 'Reconcile' });

/** Verdicts on record. */
export interface VerdictStore {
  get(scope: Scope, run: string): Promise<RunVerdict | null>;
  /** Puts a verdict on record and ends the directive of the run, all or nothing. The first verdict stands; it is answered. */
  settle(
    scope: Scope,
    run: string,
    verdict: { readonly happened: boolean; readonly note: string },
  ): Promise<RunVerdict>;
}

/** Finds out what became of runs of which it is not known. */
export interface Reconciler {
  /** The verdict on record, or what the declared check tool says; null when there is neither. */
  settled(scope: Scope, run: RunRecord): Promise<RunVerdict | null>;
  /** Throws RUN_UNKNOWN, RUN_STATE (of a run whose end is known), RECONCILED_BEFORE, RECONCILE_NEEDS_PERSON. */
  reconcile(
    scope: Scope,
    run: string,
    said?: { readonly happened: boolean; readonly note: string },
  ): Promise<RunVerdict>;
}
