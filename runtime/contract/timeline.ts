import { z } from 'zod';
import type { Scope } from './scope.ts';

export const timelineKindSchema = z.enum(['signal', 'directive', 'run', 'approval', 'verdict', 'setting']);
export type TimelineKind = z.infer<typeof timelineKindSchema>;

/** SHA-256. */
export const timelineHashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'is no SHA-256 in hexadecimal' });

/** One entry of the timeline; it never changes, and its hash covers the one before it. */
export const timelineEntrySchema = z
  .object({
    seq: z.int().describe('1, 2, 3 … without gaps'),
    at: z.int(),
    kind: timelineKindSchema,
    ref: z.string().describe('Id of what the entry is about'),
    what: z.string().describe('What became of it'),
    subject: z.string().describe('What it is, for people'),
    user: z.string(),
    actor: z.string(),
    digest: z.string().describe('SHA-256 of what its record says for good'),
    prev: z.string().describe('Hash of the entry before it; empty in the first'),
    hash: z.string(),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const timelineQuerySchema = z.object({
  kind: timelineKindSchema.optional(),
  ref: z.string().optional(),
  text: z.string().max(200).optional().describe('Only entries whose subject or state has it'),
  from: z.coerce.number().int().optional().describe('Not before, milliseconds since 1970'),
  to: z.coerce.number().int().optional().describe('Before'),
  before: z.coerce.number().int().optional().describe('`seq` of the last entry of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type TimelineQuery = z.infer<typeof timelineQuerySchema>;

export const verificationSchema = z
  .object({
    entries: z.int().describe('How many entries were looked at'),
    compared: z.int().describe('How many of them were compared with their record; others were purged'),
    head: z
      .string()
      .describe('Hash of the last entry: kept elsewhere, it shows later that nothing was cut off'),
    broken: z
      .object({
        seq: z.int().nullable(),
        kind: timelineKindSchema.nullable(),
        ref: z.string(),
        problem: z.string(),
      })
      .nullable()
      .describe('The first link that does not hold'),
    acceptable: z
      .object({ seq: z.int(), hash: z.string() })
      .nullable()
      .describe(
        'The kept last entry that is not there, when all else holds: an administrator may accept that',
      ),
  })
  .meta({ id: 'Verification' });
export type Verification = z.infer<typeof verificationSchema>;

export const acceptedHeadSchema = z
  .strictObject({
    lost: timelineHashSchema.describe('Hash of `acceptable`'),
    head: z.union([timelineHashSchema, z.literal('')]).describe('The head that was found'),
  })
  .meta({ id: 'AcceptedHead' });
export type AcceptedHead = z.infer<typeof acceptedHeadSchema>;

/** The timeline of one tenant. */
export interface TimelineStore {
  /** Appends entries for at most `limit` of what has happened since; how many. In one transaction: once each. */
  follow(limit: number): Promise<number>;
  /** Newest first. */
  list(scope: Scope, query: TimelineQuery): Promise<readonly TimelineEntry[]>;
  /**
   * Recomputes the chain and compares it with the records that are still there, `chunk` entries between two turns of other
   * work. With `head`, an entry with that hash must be in it.
   */
  verify(head: string | undefined, chunk: number): Promise<Verification>;
  /**
   * Takes what is there for the whole timeline from now on, when all of it holds but for the last entry that was kept. The
   * audit of settings has who did it, what was expected and what was found. Throws TIMELINE_NOT_ACCEPTED.
   */
  accept(scope: Scope, accepted: AcceptedHead, chunk: number): Promise<Verification>;
}
