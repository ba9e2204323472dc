import { z } from 'zod';
import type { ToolCallBlock } from './models.ts';
import type { JsonObject } from './plugins.ts';
import type { Scope } from './scope.ts';
import type { ToolEntry } from './tools.ts';

export const approvalStateSchema = z.enum(['PENDING', 'ALLOWED', 'DENIED', 'EXPIRED']);

/** A person's answer to a call that needs one, or the question while there is none. */
export const approvalSchema = z
  .object({
    id: z.string(),
    state: approvalStateSchema,
    tool: z.string().describe('Public name'),
    plugin: z.string(),
    effect: z.string(),
    args: z
      .record(z.string(), z.unknown())
      .describe('As they would be sent; edited when the person edited them'),
    execution: z.string(),
    thread: z.string().nullable(),
    origin: z
      .string()
      .nullable()
      .default(null)
      .describe('Of a call of a sub-agent: the conversation it works for'),
    reason: z.string().nullable().describe('Why it was denied'),
    lease: z.string().nullable().describe('The lease that allowed it'),
    createdAt: z.int(),
    expiresAt: z.int(),
    answeredAt: z.int().nullable(),
    answeredBy: z.string().nullable(),
  })
  .meta({ id: 'Approval' });
export type Approval = z.infer<typeof approvalSchema>;

export const approvalAnswerSchema = z
  .object({
    decision: z.enum(['allow', 'deny']),
    args: z.record(z.string(), z.unknown()).optional().describe('In place of those that were asked for'),
    reason: z.string().max(2_000).optional(),
  })
  .meta({ id: 'ApprovalAnswer' });
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;

export type Permission =
  | { readonly kind: 'allowed'; readonly args: JsonObject }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly approval: string };

/** Questions to people whether a call may be made; they outlive the kernel. */
export interface Approvals {
  /** Whether a call of a turn may be made: as it is, by an answer or a lease, or not before a person has answered the question that is on record from then on. */
  allow(
    scope: Scope,
    asked: {
      readonly execution: string;
      readonly thread: string;
      readonly call: ToolCallBlock;
      readonly entry: ToolEntry;
    },
  ): Promise<Permission>;
  list(
    scope: Scope,
    query: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly Approval[]>;
  /** Throws APPROVAL_UNKNOWN, APPROVAL_ANSWERED, APPROVAL_EXPIRED or ARGUMENTS_INVALID (of edited arguments). */
  answer(scope: Scope, id: string, answer: ApprovalAnswer): Promise<Approval>;
  /** Told after an answer is on record. Returns the end of it. */
  onAnswer(listener: (approval: Approval) => void): () => void;
}
