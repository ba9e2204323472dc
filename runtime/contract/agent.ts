import type { ModelRequest, ToolCallBlock, ToolResultBlock } from './models.ts';
import type { Scope } from './scope.ts';
import type { Execution, Thread } from './threads.ts';

/** Of a model's call: the answer of the tool, or that a person has to be asked first. */
export type ToolOutcome =
  | { readonly kind: 'result'; readonly result: ToolResultBlock }
  | { readonly kind: 'waiting'; readonly approval: string };

/** One call of a turn, on its way to its tool. */
export interface AgentCall {
  readonly execution: Execution;
  readonly call: ToolCallBlock;
  /** Puts on record that a run with this id begins. */
  readonly onStart: (run: string) => Promise<void>;
}

/** The tools an agent may use. */
export interface AgentTools {
  /** Whether the tool changes nothing, so that several such calls may run side by side. */
  isReading(name: string): boolean;
  /**
   * Runs one call of a turn, or says what became of it when the turn was cut off in its middle: an effect is never
   * repeated unless that is harmless. What goes wrong is a result that says so; rejects with the reason of `signal` only.
   */
  run(scope: Scope, call: AgentCall, signal: AbortSignal): Promise<ToolOutcome>;
}

/** Puts together what a model is told. */
export interface ContextAssembly {
  request(scope: Scope, thread: Thread, execution: Execution): Promise<ModelRequest>;
}
