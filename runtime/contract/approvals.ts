import { z } from 'zod';
import { leaseGrantSchema } from './leases.ts';
import type { ToolCallBlock } from './models.ts';
import type { CallChannel, JsonObject } from './plugins.ts';
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
    because: z.string().describe('Why a person is asked'),
    origin: z.enum(['turn', 'call']).describe('Whether an assistant asks, or the client of a direct call'),
    execution: z.string().nullable().describe('The turn that asks'),
    run: z.string().nullable().describe('The tool run of a direct call'),
    thread: z.string().nullable(),
    reason: z.string().nullable().describe('Why it was denied, or why it is over'),
    worksFor: z
      .string()
      .nullable()
      .default(null)
      .describe('Of a call of a sub-agent: the conversation it works for'),
    lease: z.string().nullable().describe('The lease that allowed it'),
    createdAt: z.int(),
    expiresAt: z.int(),
    answeredAt: z.int().nullable(),
    answeredBy: z.string().nullable(),
  })
  .meta({ id: 'Approval' });
export type Approval = z.infer<typeof approvalSchema>;

export const approvalAnswerSchema = z
  .strictObject({
    decision: z.enum(['allow', 'deny']),
    args: z.record(z.string(), z.unknown()).optional().describe('In place of those that were asked for'),
    reason: z.string().max(2_000).optional(),
    lease: leaseGrantSchema.optional().describe('Allows later runs too'),
  })
  .meta({ id: 'ApprovalAnswer' });
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;

export type Permission =
  /** `tool` is the hash of the tool it is allowed for. */
  | { readonly kind: 'allowed'; readonly args: JsonObject; readonly tool: string }
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
      /** Whether the turn was told anything else that no person stands behind. */
      readonly hasUntrusted: () => Promise<boolean>;
    },
  ): Promise<Permission>;
  list(
    scope: Scope,
    query: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly Approval[]>;
  /** Throws APPROVAL_UNKNOWN. */
  get(scope: Scope, id: string): Promise<Approval>;
  /**
   * Throws APPROVAL_UNKNOWN, APPROVAL_ANSWERED, APPROVAL_EXPIRED, APPROVAL_STALE (the tool is not the one that was asked
   * about), ARGUMENTS_INVALID or ARGUMENTS_SECRET (of edited arguments) or LEASE_INVALID.
   */
  answer(scope: Scope, id: string, answer: ApprovalAnswer): Promise<Approval>;
  /** Told when a question is on record. Returns the end of it. */
  onAsk(listener: (approval: Approval) => void): () => void;
  /** Told after an answer, or the end of the time for one, is on record. Returns the end of it. */
  onAnswer(listener: (approval: Approval) => void): () => void;
}

/** A call that did not come from a turn. */
export interface DirectCall {
  /** Id of its run. */
  readonly run: string;
  readonly entry: ToolEntry;
  readonly args: JsonObject;
  /** Who calls, as it is shown. */
  readonly client: string;
}

/** Lets direct calls pass that need a person. */
export interface CallPermits {
  /** The arguments to run it with: the person may have edited them. Rejects with RUN_DENIED, or the reason of `signal`. */
  permit(scope: Scope, call: DirectCall, channel: CallChannel, signal: AbortSignal): Promise<JsonObject>;
}
