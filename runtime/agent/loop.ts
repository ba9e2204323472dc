import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { AgentTools, ContextAssembly, ToolOutcome } from '../contract/agent.ts';
import type { ModelEvent, Models, ToolCallBlock } from '../contract/models.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution, ExecutionState, ExecutionStore, Step, Thread } from '../contract/threads.ts';
import type { ThreadEvents, TurnEvent } from './events.ts';
import { nextAct, type TurnLimits } from './turn.ts';

/** Reading calls of one answer that run side by side. */
const mostParallel = 8;

export interface TurnDeps {
  readonly executions: ExecutionStore;
  readonly models: Models;
  readonly tools: AgentTools;
  readonly context: ContextAssembly;
  readonly events: ThreadEvents;
  readonly clock: Clock;
  readonly limits: TurnLimits;
  /** What a person says while the turn goes on: told to the model before its next answer. */
  readonly steering: string[];
}

type End = { readonly state: ExecutionState; readonly reason: string | null };

/**
 * One turn: ask the model, run the tools it asks for, tell it the results, until it is done. Every step is on record before
 * the next one begins, so a turn that was cut off goes on from there. What it was doing when it ends is kept.
 */
export class Turn {
  readonly #deps: TurnDeps;
  readonly #scope: Scope;
  readonly #thread: Thread;
  readonly #signal: AbortSignal;
  #execution: Execution;

  constructor(deps: TurnDeps, scope: Scope, thread: Thread, execution: Execution, signal: AbortSignal) {
    this.#deps = deps;
    this.#scope = scope;
    this.#thread = thread;
    this.#execution = execution;
    this.#signal = signal;
  }

  /**
   * Goes on until the turn has ended or waits for a person; what goes wrong is its end. When the kernel stops it stays
   * RUNNING on record, for the next one to take up.
   */
  async run(): Promise<void> {
    await this.#move(['QUEUED', 'WAITING', 'RUNNING'], { state: 'RUNNING', reason: null });
    const end = await this.#work().catch((error: unknown) => this.#failure(error));
    if (end !== null) await this.#move(['RUNNING'], end);
  }

  async #work(): Promise<End> {
    for (;;) {
      this.#signal.throwIfAborted();
      await this.#takeSteering();
      const act = nextAct(this.#execution.steps, this.#deps.limits);
      if (act.kind === 'stop') return { state: 'FAILED', reason: `The turn was stopped: ${act.reason}` };
      if (act.kind === 'finish') return endOf(act.stop);
      if (act.kind === 'ask-model') await this.#askModel();
      else if (await this.#runTools(act.calls))
        return { state: 'WAITING', reason: 'a person has to be asked' };
    }
  }

  async #takeSteering(): Promise<void> {
    for (const text of this.#deps.steering.splice(0)) await this.#append({ kind: 'steering', text });
  }

  async #askModel(): Promise<void> {
    const { models, context, clock } = this.#deps;
    const request = await context.request(this.#scope, this.#thread, this.#execution);
    const startedAt = clock.now();
    let end: Extract<ModelEvent, { type: 'end' }> | undefined;
    for await (const event of models.stream(request, this.#signal)) {
      if (event.type === 'end') end = event;
      else if (event.type !== 'tool_call') this.#tell(event);
    }
    if (end === undefined) throw new TypeError('a model stream ended without its end');
    const { message, stop, usage } = end;
    const durationMs = clock.now() - startedAt;
    await this.#append({ kind: 'model_call', model: request.model, message, stop, usage, durationMs });
  }

  /** Runs reading calls side by side, all others in their order. True when a person has to be asked before it can go on. */
  async #runTools(calls: readonly ToolCallBlock[]): Promise<boolean> {
    const { tools } = this.#deps;
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
    const onStart = (run: string): Promise<void> =>
      this.#append({ kind: 'tool_started', callId: call.id, run });
    const asked = { execution: this.#execution, call, onStart };
    const outcome = await this.#deps.tools.run(this.#scope, asked, this.#signal);
    if (outcome.kind === 'result') await this.#append({ kind: 'tool_result', result: outcome.result });
    return outcome;
  }

  /** Steps of calls that run side by side come one after the other. */
  #append(step: Step): Promise<void> {
    this.#appending = this.#appendAfter(this.#appending, step);
    return this.#appending;
  }

  #appending: Promise<void> = Promise.resolve();

  async #appendAfter(before: Promise<void>, step: Step): Promise<void> {
    await before;
    const { id, steps } = this.#execution;
    await this.#deps.executions.append(this.#scope, id, steps.length, step);
    this.#execution = { ...this.#execution, steps: [...steps, step] };
    this.#tell({ type: 'step', position: steps.length, step });
  }

  async #move(from: readonly ExecutionState[], { state, reason }: End): Promise<void> {
    await this.#deps.executions.move(this.#scope, this.#execution.id, from, state, reason ?? undefined);
    this.#tell({ type: 'state', state, reason });
  }

  #failure(error: unknown): End | null {
    const { aborted, reason } = this.#signal;
    if (aborted && reason instanceof NexusError && reason.code === 'KERNEL_STOPPING') return null;
    if (aborted) return { state: 'CANCELED', reason: messageOf(reason) };
    return { state: 'FAILED', reason: messageOf(error) };
  }

  #tell(event: TurnEvent): void {
    this.#deps.events.tell(this.#thread.id, this.#execution.message, event);
  }
}

function endOf(stop: 'end' | 'tool_calls' | 'length' | 'refusal'): End {
  if (stop === 'length')
    return { state: 'FAILED', reason: 'The answer was cut off at the longest that is allowed' };
  if (stop === 'refusal') return { state: 'FAILED', reason: 'The model refused to answer' };
  return { state: 'SUCCEEDED', reason: null };
}
