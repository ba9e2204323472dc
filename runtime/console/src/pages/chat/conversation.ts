import type { TurnEvent } from '../../../../contract/thread-events.ts';
import type { Step } from '../../../../contract/threads.ts';
import { isOver, type Block, type Message } from './message.ts';

// What is known of a thread: messages as the kernel has them on record, and what was told of them since. The kernel tells
// everything after a snapshot once and in order, so what is on the page has neither a gap nor anything twice.

/** What an answer under way has said since its last step. */
export interface Partial {
  readonly message: string;
  readonly text: string;
  readonly thinking: string;
}

/** What is told of a thread, as `GET /api/threads/{id}/events` sends it. */
export type ThreadEvent =
  | { readonly type: 'text'; readonly message: string; readonly delta: string }
  | { readonly type: 'thinking'; readonly message: string; readonly delta: string }
  | { readonly type: 'step'; readonly message: string; readonly step: Step }
  | (Extract<TurnEvent, { type: 'progress' }> & { readonly message: string })
  | {
      readonly type: 'state';
      readonly message: string;
      readonly state: string;
      readonly reason: string | null;
    }
  | { readonly type: 'title'; readonly title: string };

/** Where a thread is, for those who know nothing of what was told before. */
export interface Snapshot {
  readonly messages: readonly Message[];
  readonly partial: Partial | null;
}

/** What this page heard of a call under way; what is on record of it is in its message. */
export interface ToldRun {
  /** Null when it began before the page listened. */
  readonly startedAt: number | null;
  /** How far it is, in words. */
  readonly progress: string | null;
}

export interface Conversation {
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly partial: Partial | null;
  /** By the id of the model's call. */
  readonly runs: Readonly<Record<string, ToldRun>>;
  /** Told of messages that are not known yet: they are read, and then this is applied. */
  readonly early: readonly ThreadEvent[];
}

export const emptyConversation: Conversation = { messages: [], partial: null, runs: {}, early: [] };

/** The kernel told where the thread is; only the messages in it can have changed since they were read. */
export function applySnapshot(conversation: Conversation, { messages, partial }: Snapshot): Conversation {
  return { ...merge(conversation, messages), partial, early: [] };
}

/** Messages that were read. Of those under way the page knows better what came of them. */
export function applyRead(conversation: Conversation, read: readonly Message[], now: number): Conversation {
  const known = new Map(conversation.messages.map((message) => [message.id, message]));
  const fresh = read.flatMap((message): Message[] => {
    const before = known.get(message.id);
    if (before !== undefined) return isOver(before) && isOver(message) ? [message] : [];
    // Its steps were told since the snapshot and wait in `early`.
    const isTold = conversation.early.some((event) => 'message' in event && event.message === message.id);
    return [isTold ? { ...message, status: 'PENDING', content: [] } : message];
  });
  const merged = merge(conversation, fresh);
  return conversation.early.reduce<Conversation>((told, event) => applyEvent(told, event, now), {
    ...merged,
    early: [],
  });
}

/** What happened in the thread. */
export function applyEvent(conversation: Conversation, event: ThreadEvent, now: number): Conversation {
  if (event.type === 'title') return conversation;
  const { message: id } = event;
  const message = conversation.messages.find((one) => one.id === id);
  if (message === undefined) return { ...conversation, early: [...conversation.early, event] };
  if (event.type === 'text' || event.type === 'thinking') {
    const before =
      conversation.partial?.message === id ? conversation.partial : { message: id, text: '', thinking: '' };
    return { ...conversation, partial: { ...before, [event.type]: before[event.type] + event.delta } };
  }
  if (event.type === 'state') {
    const status = statusOf[event.state] ?? message.status;
    const changed = { ...message, status, failedReason: event.reason ?? message.failedReason };
    return replace(isOver(changed) ? { ...conversation, partial: null } : conversation, changed);
  }
  if (event.type === 'progress') {
    const startedAt = conversation.runs[event.callId]?.startedAt ?? null;
    return hear(conversation, event.callId, { startedAt, progress: progressText(event) });
  }
  const { step } = event;
  if (step.kind === 'tool_started') {
    const content = message.content.map((block) =>
      block.type === 'tool_call' && block.id === step.callId ? { ...block, run: step.run } : block,
    );
    const told = hear(conversation, step.callId, { startedAt: now, progress: null });
    return replace(told, { ...message, content });
  }
  const isAnswer = step.kind === 'model_call' || step.kind === 'interrupted';
  const next = replace(conversation, { ...message, content: [...message.content, ...blocksOf(step)] });
  return isAnswer ? { ...next, partial: null } : next;
}

const statusOf: Readonly<Record<string, Message['status'] | undefined>> = {
  QUEUED: 'PENDING',
  RUNNING: 'PROCESSING',
  WAITING: 'WAITING',
  SUCCEEDED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
};

function blocksOf(step: Extract<ThreadEvent, { type: 'step' }>['step']): readonly Block[] {
  if (step.kind === 'model_call') return step.message.content;
  if (step.kind === 'tool_result') return [{ ...step.result, durationMs: step.durationMs }];
  if (step.kind === 'steering') return [{ type: 'steering', text: step.text }];
  if (step.kind === 'untrusted') return notesTold(step.parts.filter(({ kind }) => kind !== 'skills'));
  return step.kind === 'interrupted' && step.text !== '' ? [{ type: 'text', text: step.text }] : [];
}

function notesTold(parts: Extract<Block, { type: 'told' }>['parts']): readonly Block[] {
  return parts.length === 0 ? [] : [{ type: 'told', parts }];
}

function hear(conversation: Conversation, callId: string, told: ToldRun): Conversation {
  return { ...conversation, runs: { ...conversation.runs, [callId]: told } };
}

function progressText({ progress, total, text }: Extract<TurnEvent, { type: 'progress' }>): string {
  const far = total === null ? String(progress) : `${Math.round((100 * progress) / total)} %`;
  return text === null ? far : `${far} · ${text}`;
}

function replace(conversation: Conversation, changed: Message): Conversation {
  const messages = conversation.messages.map((message) => (message.id === changed.id ? changed : message));
  return { ...conversation, messages };
}

/** Ids grow with time, so they are the order too. */
function merge(conversation: Conversation, fresh: readonly Message[]): Conversation {
  if (fresh.length === 0) return conversation;
  const byId = new Map([...conversation.messages, ...fresh].map((message) => [message.id, message]));
  // What was said anew took the place of a message and of all between them.
  const cuts = fresh.flatMap(({ id, replaces }) => (replaces === null ? [] : [{ from: replaces, to: id }]));
  const messages = [...byId.values()]
    .filter(({ id }) => !cuts.some(({ from, to }) => id >= from && id < to))
    .sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  return { ...conversation, messages };
}
