import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError, type ErrorCode } from '../base/errors.ts';
import type { ModelMessage, ModelRequest, ModelService } from '../contract/models.ts';
import type { Step } from '../contract/threads.ts';
import type { ModelCallContext, UsageFigures } from '../contract/usage.ts';
import type { TurnEvent } from '../contract/thread-events.ts';

export type AnswerStep = Extract<Step, { kind: 'model_call' | 'interrupted' }>;

export interface Asked {
  readonly context: ModelCallContext;
  readonly request: ModelRequest;
  readonly fallbacks: readonly string[];
  /** The turn so far, which the request tells of. */
  readonly steps: readonly Step[];
  /** Settles when all that comes before the answer is on record; what is told of it waits for that. */
  readonly recorded: Promise<void>;
}

/** What came of a question: a step, and why it is not a whole answer where it is none. */
export interface Answered {
  readonly step: AnswerStep;
  readonly error?: unknown;
}

export interface AskDeps {
  readonly models: ModelService;
  readonly clock: Clock;
  readonly onEvent: (event: TurnEvent) => void;
  readonly onFallback: (step: Extract<Step, { kind: 'fallback' }>) => Promise<void>;
}

/** Failures that another try may not meet. */
const passing: ReadonlySet<ErrorCode> = new Set(['MODEL_OVERLOADED', 'MODEL_TIMEOUT', 'MODEL_UNREACHABLE']);

/** Whether an answer that broke off may come whole when the model is asked again. */
export function isPassing(error: unknown): boolean {
  return error instanceof NexusError && passing.has(error.code);
}

/** Settles when a request that is made now is on its way, which takes fetch two turns of the event loop. */
export async function requestSent(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

/**
 * Asks a model, and those after it while nothing has come. Rejects when nothing came at all; what broke off after
 * something had come is an `interrupted` step.
 */
export async function askModel(deps: AskDeps, asked: Asked, signal: AbortSignal): Promise<Answered> {
  const { models, clock, onEvent, onFallback } = deps;
  const { context, request, fallbacks, steps, recorded } = asked;
  const startedAt = clock.now();
  let { model } = request;
  let text = '';
  let hasBegun = false;
  let usage = unknownUsage;
  const spent = () => ({ model, usage, durationMs: clock.now() - startedAt });
  let answer:
    { message: ModelMessage; stop: Extract<AnswerStep, { kind: 'model_call' }>['stop'] } | undefined;
  try {
    for await (const event of models.call(context, request, fallbacks, signal)) {
      if (event.type === 'spent') ({ model, usage } = figuresOf(event));
      else if (event.type === 'fallback') await onFallback(fallbackStep(event));
      else if (event.type === 'end') answer = { message: event.message, stop: event.stop };
      else {
        const isFirst = !hasBegun;
        if (isFirst) await recorded;
        hasBegun = true;
        if (event.type === 'text') text += event.delta;
        if (event.type !== 'tool_call') onEvent(event);
        // Whoever waits for the first piece gets it before the rest is read, which may be here already: 1 ms of work.
        if (isFirst) await nextTurn();
      }
    }
  } catch (error) {
    if (!hasBegun) throw error;
    const code = error instanceof NexusError ? error.code : 'INTERNAL';
    return { step: { kind: 'interrupted', ...spent(), text, code, reason: messageOf(error) }, error };
  }
  if (answer === undefined) throw new TypeError('a model stream ended without its end');
  const before = [...request.messages, ...steps.flatMap((step) => ('message' in step ? step.message : []))];
  const message = withNewCallIds(answer.message, before);
  return { step: { kind: 'model_call', ...spent(), ...answer, message, told: steps.length } };
}

const unknownUsage: UsageFigures = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  costMicros: null,
  isEstimated: false,
};

function figuresOf({ model, ...event }: UsageFigures & { readonly model: string }) {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicros, isEstimated } = event;
  const usage = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicros, isEstimated };
  return { model, usage };
}

function fallbackStep(event: {
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly message: string;
}): Extract<Step, { kind: 'fallback' }> {
  const { from, to, code, message: reason } = event;
  return { kind: 'fallback', from, to, code, reason };
}

/** Some servers number the calls of each answer anew; what a call came to is found by an id that is its own. */
function withNewCallIds(message: ModelMessage, before: readonly ModelMessage[]): ModelMessage {
  const used = new Set(
    before.flatMap(({ content }) => content.flatMap((block) => (block.type === 'tool_call' ? block.id : []))),
  );
  const content = message.content.map((block) => {
    if (block.type !== 'tool_call') return block;
    let { id } = block;
    for (let count = 2; used.has(id); count++) id = `${block.id}_${count}`;
    used.add(id);
    return id === block.id ? block : { ...block, id };
  });
  return { ...message, content };
}
