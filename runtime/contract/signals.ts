import { z } from 'zod';
import type { Scope } from './scope.ts';

/** A fact: what happened. It never changes. */
export const signalSchema = z
  .object({
    id: z.string(),
    seq: z.int().describe('Grows in the order in which signals came on record'),
    name: z.string().describe('What happened, such as "directive.succeeded"'),
    subject: z.string().nullable().describe('Id of what it happened to'),
    data: z.record(z.string(), z.unknown()),
    dedupeKey: z.string().nullable(),
    user: z.string(),
    actor: z.string(),
    at: z.int(),
  })
  .meta({ id: 'Signal' });
export type Signal = z.infer<typeof signalSchema>;

export const newSignalSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*$/, {
      error: 'must be lower-case words joined by dots, such as "order.paid"',
    }),
    subject: z.string().max(200).optional(),
    data: z.record(z.string(), z.unknown()).default({}),
    dedupeKey: z.string().min(1).max(200).optional().describe('A second signal with it is the first one'),
  })
  .meta({ id: 'NewSignal' });
export type NewSignal = z.input<typeof newSignalSchema>;

export const signalQuerySchema = z.object({
  name: z.string().optional(),
  before: z.coerce.number().int().optional().describe('`seq` of the last signal of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** How far a subscriber is, and what keeps it from going on. */
export interface SignalCursor {
  /** The last signal it has dealt with. */
  readonly seq: number;
  /** Attempts at the one after it that failed. */
  readonly attempts: number;
  readonly retryAt: number;
}

/** Signals of one tenant, and how far their subscribers are. */
export interface SignalStore {
  /** Puts a signal on record; when there is one with its dedupe key, answers that one. */
  add(scope: Scope, signal: NewSignal): Promise<Signal>;
  /** Newest first. */
  list(
    scope: Scope,
    query: { readonly name?: string; readonly before?: number; readonly limit: number },
  ): Promise<readonly Signal[]>;
  /** Of all users, oldest first: those after `seq`. */
  after(seq: number, limit: number): Promise<readonly Signal[]>;
  /** Where a subscriber is; a new one begins behind the signals that are there. */
  cursor(subscriber: string): Promise<SignalCursor>;
  /** Moves a cursor by compare-and-set; false when it was elsewhere. */
  advance(subscriber: string, from: number, to: SignalCursor): Promise<boolean>;
}
