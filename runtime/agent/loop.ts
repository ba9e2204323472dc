import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { AgentTools, ContextAssembly, ToolOutcome, TurnContext } from '../contract/agent.ts';
import type { ModelService, ToolCallBlock } from '../contract/models.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { RoutingDecision } from '../contract/routing.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution, ExecutionState, ExecutionStore, Step, Thread } from '../contract/threads.ts';
import { askModel, isPassing, requestSent } from './ask-model.ts';
import { compact, isNearEnd } from './compaction.ts';
import type { TurnEvent } from '../contract/thread-events.ts';
import type { ThreadEvents } from './events.ts';
import { ToolProgress } from './progress.ts';
import { candidatesOf, routeTurn } from './routing.ts';
import { narrowed } from './definitions.ts';
import { activeMsOf, nextAct, openCalls, tooLong, type NextAct, type TurnLimits } from './turn.ts';

/** Reading calls of one answer that run side by side. */
const mostParallel = 8;

export interface TurnDeps {
  readonly executions: ExecutionStore;
  readonly models: ModelService;
  readonly tools: AgentTools;
  readonly context: ContextAssembly;
  readonly events: ThreadEvents;
  readonly clock: Clock;
  /** What the next turn may use up. */
  readonly limits: (thread: Thread) => TurnLimits;
}

const unfinished: readonly ExecutionState[] = ['QUEUED', 'WAITING', 'RUNNING'];

type End = { readonly state: ExecutionState; readonly reason: string | null };

/**
 * One turn: ask the model, run the tools it asks for, tell it the results, until it is done. Every step is on record before
 * the next one begins, so a turn that was cut off goes on from there. What it was doing when it ends is kept.
 */
export class Turn {
  readonly #deps: TurnDeps;
  readonly #scope: Scope;
  readonly #thread: Thread;
  #limits: TurnLimits;
  readonly #late = new AbortController();
  readonly #signal: AbortSignal;
  #execution: Execution;
  #appending: Promise<void> = Promise.resolve();
  /** Whether what a person says now is told to a model in this turn. */
  #canBeSteered = true;
  #begun: Promise<void> | undefined;

  constructor(deps: TurnDeps, scope: Scope, thread: Thread, execution: Execution, signal: AbortSignal) {
    this.#deps = deps;
    this.#scope = scope;
    this.#thread = thread;
    this.#execution = execution;
    this.#limits = deps.limits(thread);
    this.#signal = AbortSignal.any([signal, this.#late.signal]);
  }

  /**
   * Goes on until the turn has ended or waits for a person; what goes wrong is its end. When the kernel stops it stays
   * RUNNING on record, for the next one to take up.
   */
  async run(): Promise<void> {
    const { context } = this.#deps;
    const opening = context.open(this.#scope, this.#thread, this.#execution);
    const leftMs = this.#limits.activeMs - activeMsOf(this.#execution.steps);
    const timer = setTimeout(() => this.#late.abort(stopped(tooLong(this.#limits))), Math.max(0, leftMs));
    const end = await this.#work(opening)
      .catch((error: unknown) => this.#failure(error))
      .finally(() => clearTimeout(timer));
    this.#canBeSteered = false;
    // Whoever wanted a step on record that could not be written has heard of it; the end is tried all the same.
    this.#appending = this.#appending.catch(() => {});
    await this.#appending;
    if (end === null) return;
    if (end.state === 'FAILED' || end.state === 'CANCELED') await this.#closeCalls();
    await this.#move(unfinished, end);
  }

  /** What a person says while the turn goes on, told to the model before its next answer; false when it will give none. */
  async steer(text: string): Promise<boolean> {
    if (!this.#canBeSteered) return false;
    await this.#append({ kind: 'steering', text });
    return true;
  }

  async #work(opening: Promise<TurnContext>): Promise<End> {
    const told = await opening;
    this.#signal.throwIfAborted();
    await this.#tellUntrusted(told.untrusted);
    this.#limits = narrowed(this.#limits, told.assistant);
    for (;;) {
      this.#signal.throwIfAborted();
      const act = await this.#next();
      if (act.kind === 'stop') throw stopped(act.reason);
      if (act.kind === 'finish') return this.#endOf(act.stop);
      if (act.kind === 'ask-model') await this.#askModel(told);
      else if (await this.#runTools(act.calls))
        return { state: 'WAITING', reason: 'a person has to be asked' };
    }
  }

  /** On record before anything is done or told. */
  #begin(): Promise<void> {
    return (this.#begun ??= this.#move(unfinished, { state: 'RUNNING', reason: null }));
  }

  /** On record before a model reads it: notes may be gone or changed by the time it asks for something. */
  async #tellUntrusted(parts: TurnContext['untrusted']): Promise<void> {
    const told = this.#execution.steps.flatMap((step) => (step.kind === 'untrusted' ? step.parts : []));
    const untold = parts.filter(
      (part) => !told.some(({ kind, title }) => kind === part.kind && title === part.title),
    );
    if (untold.length > 0) await this.#append({ kind: 'untrusted', parts: untold });
  }

  /** What is said until it finishes is still answered, what is said after that begins another turn. */
  async #next(): Promise<NextAct> {
    for (;;) {
      const before = this.#appending;
      await before;
      const act = nextAct(this.#execution.steps, this.#limits);
      if (before !== this.#appending) continue;
      if (act.kind === 'finish') this.#canBeSteered = false;
      return act;
    }
  }

  async #askModel(told: TurnContext): Promise<void> {
    const { models, clock } = this.#deps;
    const { steps } = this.#execution;
    const prompt = told.prompt(steps);
    const known = steps.find((step) => step.kind === 'routing');
    const decision = known?.decision ?? (await routeTurn(models, this.#thread, told, prompt));
    const recorded = known === undefined ? this.#recordRouting(told, decision) : this.#begin();
    // Its failure is seen where it is waited for, before anything of the answer is told.
    recorded.catch(() => {});
    const [model = decision.model, ...fallbacks] = candidatesOf(decision, steps);
    const compacting = { models, clock, context: this.#callContext(), model, fallbacks };
    if (await isNearEnd(models, model, prompt, { past: told.past, steps })) {
      await recorded;
      const step = await compact(compacting, told, this.#execution.steps, this.#signal);
      // What cannot be shortened may fit all the same: sizes are estimates.
      if (step !== null) return await this.#append(step);
    }
    const request = { ...prompt, model };
    const asked = { context: compacting.context, request, fallbacks, steps, recorded };
    const answered = await askModel(
      {
        models,
        clock,
        onEvent: (event) => this.#tell(event),
        onFallback: (fallback) => this.#append(fallback),
      },
      asked,
      this.#signal,
    ).catch((error: unknown) => {
      if (error instanceof NexusError && error.code === 'MODEL_CONTEXT_TOO_LONG') return { tooLong: error };
      throw error;
    });
    if ('tooLong' in answered) {
      const step = await compact(compacting, told, this.#execution.steps, this.#signal);
      if (step !== null) return await this.#append(step);
      throw new NexusError('CONTEXT_FULL', { model, problem: answered.tooLong.data['problem'] ?? '' });
    }
    // The next kernel asks again, and that this one stopped is no fault of the model.
    if (!isKernelStopping(this.#signal)) await this.#append(answered.step);
    if (answered.error !== undefined && !isPassing(answered.error)) throw answered.error;
  }

  /** That the turn runs, who answers and why this model is asked, in one commit while the model is asked. */
  async #recordRouting({ assistant }: TurnContext, decision: RoutingDecision): Promise<void> {
    const { executions } = this.#deps;
    this.#execution = { ...this.#execution, assistantVersion: assistant.version };
    const sent = this.#appending.then(requestSent);
    const routed = this.#append({ kind: 'routing', decision }, sent);
    const answers = async (): Promise<void> => {
      await sent;
      await executions.answeredBy(this.#scope, this.#execution.id, assistant.version);
    };
    await Promise.all([sent.then(() => this.#begin()), answers(), routed]);
  }

  #callContext() {
    const { id, assistant, ancestors } = this.#thread;
    return { scope: this.#scope, assistant, threadId: id, ancestors, executionId: this.#execution.id };
  }

  /** Runs reading calls side by side, all others in their order. True when a person has to be asked before it can go on. */
  async #runTools(calls: readonly ToolCallBlock[]): Promise<boolean> {
    const { tools } = this.#deps;
    await this.#begin();
    for (let at = 0; at < calls.length;) {
      const rest = calls.slice(at);
      const readers = rest.findIndex(({ name }) => !tools.isReading(name));
      const together = rest.slice(
        0,
        Math.max(1, Math.min(readers < 0 ? rest.length : readers, mostParallel)),
      );
      const outcomes = await Promise.all(together.map((call) => this.#runTool(call)));
      if (outcomes.some(({ kind }) => kind === 'waiting')) return true;
      at += together.length;
    }
    return false;
  }

  async #runTool(call: ToolCallBlock): Promise<ToolOutcome> {
    const { tools, clock } = this.#deps;
    const startedAt = clock.now();
    const onStart = (run: string): Promise<void> =>
      this.#append({ kind: 'tool_started', callId: call.id, run });
    using progress = new ToolProgress(call.id, clock, (event) => this.#tell(event));
    const onProgress = (params: JsonObject): void => progress.hear(params);
    const asked = { execution: this.#execution, call, onStart, onProgress };
    const outcome = await tools.run(this.#scope, asked, this.#signal);
    if (outcome.kind === 'result') {
      const durationMs = clock.now() - startedAt;
      await this.#append({ kind: 'tool_result', result: outcome.result, durationMs });
    }
    return outcome;
  }

  /** Calls that were under way when the turn ended get a result that says so: they may have happened. */
  async #closeCalls(): Promise<void> {
    const { steps } = this.#execution;
    const started = new Set(steps.flatMap((step) => (step.kind === 'tool_started' ? step.callId : [])));
    for (const { id: callId } of openCalls(steps).filter(({ id }) => started.has(id))) {
      const text = 'The turn ended while this was under way: it is not known whether it happened.';
      const result = {
        type: 'tool_result',
        callId,
        isError: true,
        content: [{ type: 'text', text }],
      } as const;
      await this.#append({
        kind: 'tool_result',
        result: { ...result, content: [...result.content] },
        durationMs: 0,
      });
    }
  }

  /** Steps of calls that run side by side come one after the other. */
  #append(step: Step, before = this.#appending): Promise<void> {
    this.#appending = this.#appendAfter(before, step);
    return this.#appending;
  }

  async #appendAfter(before: Promise<void>, given: Step): Promise<void> {
    await before;
    const { id, steps } = this.#execution;
    const step = await this.#deps.executions.append(this.#scope, id, steps.length, given);
    this.#execution = { ...this.#execution, steps: [...steps, step] };
    this.#tell({ type: 'step', position: steps.length, step });
  }

  async #move(from: readonly ExecutionState[], { state, reason }: End): Promise<void> {
    await this.#deps.executions.move(this.#scope, this.#execution.id, from, state, reason ?? undefined);
    this.#tell({ type: 'state', state, reason });
  }

  #endOf(stop: Extract<NextAct, { kind: 'finish' }>['stop']): End {
    const last = this.#execution.steps.findLast((step) => step.kind === 'model_call');
    if (stop === 'length') {
      const error = new NexusError('ANSWER_TOO_LONG', { tokens: last?.usage.outputTokens ?? 'all' });
      return { state: 'FAILED', reason: error.message };
    }
    if (stop === 'refusal') {
      const error = new NexusError('ANSWER_REFUSED', { model: last?.model ?? '' });
      return { state: 'FAILED', reason: error.message };
    }
    return { state: 'SUCCEEDED', reason: null };
  }

  #failure(error: unknown): End | null {
    const { aborted, reason } = this.#signal;
    if (isKernelStopping(this.#signal)) return null;
    if (aborted && !this.#late.signal.aborted) return { state: 'CANCELED', reason: messageOf(reason) };
    return { state: 'FAILED', reason: messageOf(aborted ? reason : error) };
  }

  #tell(event: TurnEvent): void {
    this.#deps.events.tell(this.#thread.id, this.#execution.message, event);
  }
}

function stopped(reason: string): NexusError {
  return new NexusError('TURN_STOPPED', { reason });
}

function isKernelStopping({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof NexusError && reason.code === 'KERNEL_STOPPING';
}
