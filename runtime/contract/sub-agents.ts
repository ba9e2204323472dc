import { z } from 'zod';
import type { Scope } from './scope.ts';
import type { ReportBlock } from './threads.ts';

/** A sub-agent as people and the agent above it see it. */
export const subAgentSchema = z
  .object({
    thread: z.string(),
    above: z.string().describe('The thread that started it'),
    title: z.string(),
    assistant: z.string(),
    execution: z.string().nullable().describe('Its latest turn'),
    state: z.enum(['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELED']).nullable(),
    reason: z.string().nullable(),
    createdAt: z.int(),
    deliveredAt: z.int().nullable().describe('When its result was told to the thread that started it'),
  })
  .meta({ id: 'SubAgent' });
export type SubAgent = z.infer<typeof subAgentSchema>;

/** What is to be told to a thread. */
export interface Delivery {
  readonly above: string;
  readonly user: string;
  readonly group: string | null;
}

/** Sub-agents on record. A sub-agent is done when no turn of it is open and all it started were delivered to it. */
export interface SubAgentRecords {
  /** Those that a thread, or a sub-agent of it, started; newest first. */
  below(scope: Scope, thread: string, limit: number): Promise<readonly SubAgent[]>;
  /** The threads something is to be delivered to, of every user. */
  deliveries(): Promise<readonly Delivery[]>;
  /** What sub-agents that are done have to tell a thread which has no open turn. */
  reports(scope: Scope, thread: string, limit: number): Promise<readonly ReportBlock[]>;
  /** Nobody is to be told any more. */
  dismiss(scope: Scope, threads: readonly string[]): Promise<void>;
}
