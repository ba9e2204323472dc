import { z } from 'zod';
import type { JsonObject } from './plugins.ts';
import type { RouteInput, RoutingDecision } from './routing.ts';
import type { Scope } from './scope.ts';
import type { ModelCallContext, UsageFigures, UsageQuery, UsageView } from './usage.ts';

// One form for what is said to and by models of every provider. Stored as it is, so changes must stay readable.

/** What a model is called. */
export const modelNameSchema = z
  .string()
  .max(300)
  .regex(/^[^\s/]+\/\S+$/, { error: 'is no model: write provider/model, such as anthropic/claude-sonnet-5' });

export const textBlockSchema = z.object({ type: z.literal('text'), text: z.string() });
export const imageBlockSchema = z.object({
  type: z.literal('image'),
  mediaType: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
  data: z.string().describe('Base64'),
});
/** What a model thought. `opaque` is the provider's own form of it, sent back unchanged to the same provider only. */
const thinkingBlockSchema = z.object({
  type: z.literal('thinking'),
  text: z.string(),
  provider: z.string(),
  opaque: z.unknown(),
});
export const toolCallBlockSchema = z.object({
  type: z.literal('tool_call'),
  id: z.string(),
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  /** What the model wrote, when that was no JSON object; `arguments` is empty then and the call must not be run. */
  malformed: z.string().optional(),
});
export const toolResultBlockSchema = z.object({
  type: z.literal('tool_result'),
  callId: z.string(),
  isError: z.boolean(),
  content: z.array(z.discriminatedUnion('type', [textBlockSchema, imageBlockSchema])),
});
const contentBlockSchema = z.discriminatedUnion('type', [
  textBlockSchema,
  imageBlockSchema,
  thinkingBlockSchema,
  toolCallBlockSchema,
  toolResultBlockSchema,
]);
/** The same in a message: with what is on record of calls. */
export const recordedBlockSchemas = [
  textBlockSchema,
  imageBlockSchema,
  thinkingBlockSchema,
  toolCallBlockSchema.extend({ run: z.string().optional().describe('Id of its tool run, once it began') }),
  toolResultBlockSchema.extend({ durationMs: z.int().optional().describe('How long the call took') }),
] as const;
export const modelMessageSchema = z.object({
  role: z.enum(['user', 'assistant']),
  content: z.array(contentBlockSchema),
});

export type ContentBlock = z.infer<typeof contentBlockSchema>;
export type ToolCallBlock = z.infer<typeof toolCallBlockSchema>;
export type ToolResultBlock = z.infer<typeof toolResultBlockSchema>;
export type ModelMessage = z.infer<typeof modelMessageSchema>;

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** The provider's own figures; null is what it did not say. */
export interface ModelUsage {
  /** Without those read from or written to a cache. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
}

export interface ModelRequest {
  /** "provider/model", as in "anthropic/claude-sonnet-5". */
  readonly model: string;
  /** Parts of the system prompt, the stable ones first: what precedes a change can be cached by the provider. */
  readonly system: readonly string[];
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  readonly maxOutputTokens: number;
  readonly thinkingTokens?: number;
  readonly temperature?: number;
}

export type StopReason = 'end' | 'tool_calls' | 'length' | 'refusal';

/** What comes while a model answers; `end` is the last, exactly once, unless the stream rejects. */
export type ModelEvent =
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'thinking'; readonly delta: string }
  | { readonly type: 'tool_call'; readonly call: ToolCallBlock }
  | {
      readonly type: 'end';
      readonly message: ModelMessage;
      readonly stop: StopReason;
      readonly usage: ModelUsage;
    };

export interface ModelInfo {
  /** "provider/model". */
  readonly model: string;
  readonly title: string;
  /** Null when the provider does not say. */
  readonly contextTokens: number | null;
}

/**
 * Streams an answer. Rejects with a NexusError: MODEL_NOT_CONFIGURED, MODEL_AUTH, MODEL_RATE_LIMITED (data.retryAfterMs),
 * MODEL_OVERLOADED, MODEL_CONTEXT_TOO_LONG, MODEL_TIMEOUT, MODEL_UNREACHABLE, MODEL_REFUSED_REQUEST, or with the reason of `signal`.
 */
export interface Models {
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  list(signal: AbortSignal): Promise<readonly ModelInfo[]>;
}

/** A provider that did not say which models it has. */
export interface ProviderProblem {
  readonly provider: string;
  readonly error: unknown;
}

export interface ModelOverview {
  readonly models: readonly ModelInfo[];
  readonly problems: readonly ProviderProblem[];
}

/** How far the download of a model is. */
export interface PullProgress {
  readonly status: string;
  /** Null while the size is not known. */
  readonly completedBytes: number | null;
  readonly totalBytes: number | null;
}

/** Another model is asked, because the one before failed before it had streamed anything. */
export interface FallbackEvent {
  readonly type: 'fallback';
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly message: string;
}
/** What one model took, told when it has answered and when it has failed. */
export interface SpentEvent extends UsageFigures {
  readonly type: 'spent';
  readonly model: string;
}
export type ModelCallEvent = ModelEvent | FallbackEvent | SpentEvent;

/** All that can be done with models. `stream` alone is neither counted nor limited: what is paid for goes through `call`. */
export interface ModelService extends Models {
  /**
   * Asks `request.model`, then each fallback while nothing has been streamed. Every call is reserved from its budgets
   * before it is made and settled after it. Rejects as `stream` does, and with BUDGET_EXCEEDED or PRICE_UNKNOWN.
   */
  call(
    context: ModelCallContext,
    request: ModelRequest,
    fallbacks: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<ModelCallEvent>;
  /** Chooses the model for a message. Throws MODEL_NOT_CONFIGURED when there is none to choose. */
  route(input: RouteInput): Promise<RoutingDecision>;
  /** Tokens that a model takes in all, as far as it is known without asking its provider. */
  contextTokens(model: string): Promise<number | null>;
  /** What was used, and what was spent today of which budget. */
  usage(scope: Scope, query: UsageQuery): Promise<UsageView>;
  /** The models of all providers that are set up; one that does not answer hides no other. */
  overview(signal: AbortSignal): Promise<ModelOverview>;
  /** Downloads a model to its provider. Rejects as `stream` does, and where there is nothing to download with MODEL_REFUSED_REQUEST. */
  pull(model: string, signal: AbortSignal): AsyncIterable<PullProgress>;
}

const modelInfoSchema = z.object({
  model: z.string().describe('provider/model'),
  title: z.string(),
  contextTokens: z.number().nullable(),
});
export const modelListSchema = z.object({
  models: z.array(modelInfoSchema),
  problems: z.array(z.object({ provider: z.string(), problem: z.string() })),
});
export const modelChoiceSchema = z.strictObject({ model: modelNameSchema });
export const modelQuestionSchema = modelChoiceSchema.extend({
  prompt: z.string().min(1).max(20_000).optional().describe('What it is asked; one word when absent'),
});
export type ModelQuestion = z.infer<typeof modelQuestionSchema>;
export const modelTestSchema = z.object({
  model: z.string(),
  text: z.string().describe('What it answered'),
  durationMs: z.number(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  costMicros: z.number().nullable().describe('Micro-dollars; null where the price is not known'),
});
export const modelPulledSchema = z.object({ model: z.string() });
