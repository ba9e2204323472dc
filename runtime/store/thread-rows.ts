import { z } from 'zod';
import { routingDecisionSchema } from '../contract/routing.ts';
import { messageBlockSchema, messageUsageSchema, type Message, type Thread } from '../contract/threads.ts';

const contentSchema = z.array(messageBlockSchema);
const ancestorsSchema = z.array(z.string());

export const threadColumns = `id, kind, assistant, title, model, parent, ancestors, time_limit_ms AS timeLimitMs, created_at AS createdAt, updated_at AS updatedAt, deleted_at AS deletedAt`;
export const messageColumns = `id, thread_id AS thread, role, status, failed_reason AS failedReason, content, model,
  routing, usage, pinned_at IS NOT NULL AS pinned, replaces, assistant_version AS assistantVersion, execution_id AS execution, created_at AS createdAt, updated_at AS updatedAt`;

export type ThreadRow = Omit<Thread, 'ancestors'> & { readonly ancestors: string };
export interface MessageRow extends Omit<Message, 'content' | 'routing' | 'usage' | 'pinned'> {
  readonly content: string;
  readonly routing: string | null;
  readonly usage: string | null;
  readonly pinned: 0 | 1;
}

export function threadOf({ ancestors, ...row }: ThreadRow): Thread {
  return { ...row, ancestors: ancestorsSchema.parse(JSON.parse(ancestors)) };
}

export function messageOf({ content, routing, usage, pinned, ...row }: MessageRow): Message {
  return {
    ...row,
    content: contentSchema.parse(JSON.parse(content)),
    routing: routing === null ? null : routingDecisionSchema.parse(JSON.parse(routing)),
    usage: usage === null ? null : messageUsageSchema.parse(JSON.parse(usage)),
    pinned: pinned === 1,
  };
}
