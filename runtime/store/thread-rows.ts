import { z } from 'zod';
import { messageBlockSchema, type Message, type Thread } from '../contract/threads.ts';

const contentSchema = z.array(messageBlockSchema);
const ancestorsSchema = z.array(z.string());

export const threadColumns = `id, kind, assistant, title, model, parent, ancestors, time_limit_ms AS timeLimitMs, created_at AS createdAt, updated_at AS updatedAt, deleted_at AS deletedAt`;
export const messageColumns = `id, thread_id AS thread, role, status, failed_reason AS failedReason, content, model,
  assistant_version AS assistantVersion, execution_id AS execution, created_at AS createdAt, updated_at AS updatedAt`;

export type ThreadRow = Omit<Thread, 'ancestors'> & { readonly ancestors: string };
export type MessageRow = Omit<Message, 'content'> & { readonly content: string };

export function threadOf({ ancestors, ...row }: ThreadRow): Thread {
  return { ...row, ancestors: ancestorsSchema.parse(JSON.parse(ancestors)) };
}

export function messageOf({ content, ...row }: MessageRow): Message {
  return { ...row, content: contentSchema.parse(JSON.parse(content)) };
}
