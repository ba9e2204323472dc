import { z } from 'zod';
import { contextPartSchema } from './context.ts';
import {
  imageBlockSchema,
  modelMessageSchema,
  recordedBlockSchemas,
  textBlockSchema,
  toolResultBlockSchema,
} from './models.ts';
import { routingDecisionSchema } from './routing.ts';
import type { Scope } from './scope.ts';
import type { MessageQuery, ThreadQuery, ThreadSummary } from './thread-queries.ts';
import { usageFiguresSchema } from './usage.ts';

// Conversations: threads of messages, and executions, the durable records of an agent's turns.

export const threadSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['user', 'tool']).describe('Of a person, or of a sub-agent that a tool call started'),
    assistant: z.string(),
    title: z.string().nullable(),
    model: z.string().nullable().describe('Answers in place of the one the router would choose'),
    parent: z.string().nullable().describe('Of a sub-agent: the turn that started it'),
    ancestors: z.array(z.string()).describe('Of a sub-agent: the threads above it, the root first'),
    timeLimitMs: z.int().nullable().describe('Of a sub-agent: how long its turns may run'),
    createdAt: z.int(),
    updatedAt: z.int(),
    deletedAt: z.int().nullable(),
  })
  .meta({ id: 'Thread' });

/** PENDING: its turn has not begun; WAITING: its turn waits for a person. */
export const messageStatusSchema = z.enum([
  'PENDING',
  'PROCESSING',
  'WAITING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
]);

/** What a person said into a turn that was under way. */
const steeringBlockSchema = z.object({ type: z.literal('steering'), text: z.string() });
/** What Nexus itself tells a conversation. */
const noticeBlockSchema = z.object({ type: z.literal('notice'), text: z.string() });
const untrustedPartSchema = contextPartSchema.pick({ kind: true, title: true });
export type UntrustedPart = z.infer<typeof untrustedPartSchema>;
/** For people: what the model of a turn was told that no person stands behind. No model is told of it again. */
const toldBlockSchema = z.object({ type: z.literal('told'), parts: z.array(untrustedPartSchema) });
/** What a sub-agent came to. Its words are data: it may have read anything. */
const reportBlockSchema = z.object({
  type: z.literal('report'),
  thread: z.string().describe('Of the sub-agent'),
  title: z.string(),
  state: z.enum(['SUCCEEDED', 'FAILED', 'CANCELED']),
  text: z.string(),
});
/** Longest name of a file that is given with a message, in characters. */
export const mostNameChars = 200;
/** A file in words that a person gave with a message. */
const attachmentBlockSchema = z.object({
  type: z.literal('attachment'),
  name: z.string().min(1).max(mostNameChars),
  text: z.string(),
});
/** What a person can say and give. */
export const saidBlockSchema = z.discriminatedUnion('type', [
  textBlockSchema,
  imageBlockSchema,
  attachmentBlockSchema,
]);
export type SaidBlock = z.infer<typeof saidBlockSchema>;
export const messageBlockSchema = z.discriminatedUnion('type', [
  ...recordedBlockSchemas,
  steeringBlockSchema,
  attachmentBlockSchema,
  reportBlockSchema,
  noticeBlockSchema,
  toldBlockSchema,
]);
export type ReportBlock = z.infer<typeof reportBlockSchema>;

/** All that the models took for one answer. */
export const messageUsageSchema = usageFiguresSchema.extend({
  modelCalls: z.int(),
  unknownCosts: z.int().describe('Calls whose price is not known; costMicros is of the others'),
  durationMs: z.int().describe('Time that models took'),
});
export type MessageUsage = z.infer<typeof messageUsageSchema>;
export type MessageBlock = z.infer<typeof messageBlockSchema>;

export const messageSchema = z
  .object({
    id: z.string(),
    thread: z.string(),
    role: z.enum(['user', 'assistant']),
    status: messageStatusSchema,
    failedReason: z.string().nullable(),
    content: z.array(messageBlockSchema).describe('Of a turn: texts, tool calls and their results in order'),
    model: z.string().nullable().describe('That answered last'),
    routing: routingDecisionSchema.nullable().describe('Why this model was asked first'),
    usage: messageUsageSchema.nullable(),
    pinned: z.boolean().describe('Told to models word for word, however long the thread grows'),
    replaces: z.string().nullable().describe('The message that was cut off, with all after it, for this one'),
    assistantVersion: z.int().nullable().describe('Version of the assistant that answered'),
    execution: z.string().nullable().describe('The turn that answers, or answered, with this message'),
    createdAt: z.int(),
    updatedAt: z.int(),
  })
  .meta({ id: 'Message' });

const stopSchema = z.enum(['end', 'tool_calls', 'length', 'refusal']);
const spentSchema = z.object({ model: z.string(), usage: usageFiguresSchema, durationMs: z.int() });

/** What happened in a turn; steps are appended and never change. */
export const stepSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('routing'), decision: routingDecisionSchema }),
  z.object({
    kind: z.literal('fallback').describe('A model failed before it said anything; another is asked'),
    from: z.string(),
    to: z.string(),
    code: z.string(),
    reason: z.string(),
  }),
  spentSchema.extend({
    kind: z.literal('model_call'),
    message: modelMessageSchema,
    stop: stopSchema,
    told: z.int().describe('How many steps the model had been told of'),
  }),
  spentSchema.extend({
    kind: z.literal('interrupted').describe('An answer that broke off, or was stopped'),
    text: z.string().describe('What had come of it'),
    code: z.string(),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('tool_started').describe('On record before the tool is run'),
    callId: z.string(),
    run: z.string().describe('Id of the tool run'),
  }),
  z.object({
    kind: z.literal('tool_result'),
    result: toolResultBlockSchema,
    durationMs: z.int(),
  }),
  z.object({ kind: z.literal('steering'), text: z.string() }),
  z.object({
    kind: z.literal('untrusted').describe('The models of the turn are told what no person stands behind'),
    parts: z.array(untrustedPartSchema),
  }),
  spentSchema.extend({
    kind: z.literal('compaction'),
    summary: z.string(),
    through: z.string().nullable().describe('Id of the last message that the summary stands for'),
    steps: z.int().describe('How many steps of this turn, as they were said, it stands for as well'),
  }),
]);

export type Thread = z.infer<typeof threadSchema>;
export type Message = z.infer<typeof messageSchema>;
export type MessageStatus = z.infer<typeof messageStatusSchema>;
export type Step = z.infer<typeof stepSchema>;

export type ExecutionState = 'QUEUED' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

/** The durable record of one turn. */
export interface Execution {
  readonly id: string;
  readonly group: string | null;
  readonly user: string;
  readonly thread: string;
  /** The assistant's message that the turn writes. */
  readonly message: string;
  /** Name of the assistant of its thread. */
  readonly assistant: string;
  /** The turn whose call started its thread, of a sub-agent. */
  readonly parent: string | null;
  readonly assistantVersion: number | null;
  readonly state: ExecutionState;
  readonly reason: string | null;
  readonly steps: readonly Step[];
  readonly createdAt: number;
  readonly endedAt: number | null;
}

/** How a thread of a person begins; `model` answers in place of the one that would be chosen. */
export interface NewThread {
  readonly assistant: string;
  readonly model?: string | null;
}

/** How a thread of a sub-agent begins. */
export interface NewSubThread {
  readonly assistant: string;
  readonly title: string;
  readonly timeLimitMs: number;
  /** The thread above it. */
  readonly above: Thread;
  /** The turn that asks for it, and the id of its call: the same call never starts two. */
  readonly parent: string;
  readonly call: string;
}

/** What was said, the answer that is pending, and the turn that is to give it. */
export interface Sent {
  readonly message: Message;
  readonly answer: Message;
  readonly execution: string;
}

/** Threads and messages of one tenant. Methods that change something settle when it is on record. */
export interface ThreadStore {
  create(scope: Scope, thread: NewThread): Promise<Thread>;
  /** A thread and what is said in it first, as by `send`: all of it, or no thread begins. */
  begin(
    scope: Scope,
    thread: NewThread,
    content: readonly MessageBlock[],
  ): Promise<Sent & { readonly thread: Thread }>;
  /** The thread of a sub-agent; the one that is there when the same call started it before. */
  createSub(scope: Scope, thread: NewSubThread): Promise<Thread>;
  /** The thread that a call started; null when it started none. */
  startedBy(scope: Scope, execution: string, call: string): Promise<Thread | null>;
  list(scope: Scope, query: ThreadQuery): Promise<readonly Thread[]>;
  get(scope: Scope, id: string): Promise<Thread | null>;
  update(
    scope: Scope,
    id: string,
    change: { readonly title?: string; readonly model?: string | null },
  ): Promise<void>;
  /** Who answers from the next turn on. Throws THREAD_BUSY while one is not over: it goes on as it began. */
  assign(scope: Scope, id: string, assistant: string): Promise<void>;
  /** Trashed threads and messages keep their data until they are purged. */
  setDeleted(scope: Scope, id: string, deleted: boolean): Promise<void>;
  /** Gives a name to a thread that has none; whether it had none. */
  name(scope: Scope, id: string, title: string): Promise<boolean>;
  /** Throws MESSAGE_UNKNOWN. */
  pin(scope: Scope, thread: string, message: string, pinned: boolean): Promise<void>;
  /** Throws MESSAGE_UNKNOWN. */
  message(scope: Scope, thread: string, message: string): Promise<Message>;
  /** The latest that the query finds, oldest first. */
  messages(scope: Scope, thread: string, query: MessageQuery): Promise<readonly Message[]>;
  /** The latest summary of a thread's beginning; null when all of it is told word for word. */
  summary(scope: Scope, thread: string): Promise<ThreadSummary | null>;
  /**
   * A message and, behind it, the pending answer with its execution: all or nothing. The threads of its reports count as
   * delivered from then on; throws EXECUTION_STATE when one of them was delivered before. With `replaces`, a message of
   * the person, that one and all after it are put into the trash; throws MESSAGE_UNKNOWN, or THREAD_BUSY while one of
   * them belongs to a turn that is not over. `execution` is the id of the turn, a new one when
   * absent.
   */
  send(
    scope: Scope,
    thread: string,
    content: readonly MessageBlock[],
    replaces?: string,
    execution?: string,
  ): Promise<Sent>;
  /** Deletes what was trashed more than `olderThanMs` ago, `chunk` rows in one transaction; returns how many went. */
  purge(
    scope: Scope,
    olderThanMs: number,
    chunk: number,
    signal?: AbortSignal,
    only?: readonly string[],
  ): Promise<number>;
}

/** Executions of one tenant and their steps. */
export interface ExecutionStore {
  /** Puts on record which version of its assistant answers; what was recorded first stays. Throws EXECUTION_STATE. */
  answeredBy(scope: Scope, id: string, assistantVersion: number): Promise<void>;
  get(scope: Scope, id: string): Promise<Execution | null>;
  /** Those that are not final, oldest first, of every user. */
  open(scope: Scope): Promise<readonly Execution[]>;
  /** The id of its thread. Throws EXECUTION_STATE when it is not in one of the states `from`. Its message follows. */
  move(
    scope: Scope,
    id: string,
    from: readonly ExecutionState[],
    to: ExecutionState,
    reason?: string,
  ): Promise<string>;
  /** Kinds of what the turns of a thread told models that no person stands behind, from its whole record. */
  untrustedKinds(scope: Scope, thread: string): Promise<readonly UntrustedPart['kind'][]>;
  /**
   * Appends a step at `position`, which must be the number of steps so far; its message follows. Returns it as it is on
   * record, without known secrets: nothing else is told to models or shown. Throws EXECUTION_STATE.
   */
  append(scope: Scope, id: string, position: number, step: Step): Promise<Step>;
}
