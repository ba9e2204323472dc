import type { ModelRequest, ToolCallBlock, ToolResultBlock } from './models.ts';
import type { AssistantVersion } from './assistants.ts';
import type { RunListener } from './directives.ts';
import type { Scope } from './scope.ts';
import type { Execution, Message, Step, Thread, UntrustedPart } from './threads.ts';

/** Of a model's call: the answer of the tool, or that a person has to be asked first. */
export type ToolOutcome =
  | { readonly kind: 'result'; readonly result: ToolResultBlock }
  | { readonly kind: 'waiting'; readonly approval: string };

/** One call of a turn, on its way to its tool. */
export interface AgentCall extends RunListener {
  readonly execution: Execution;
  readonly call: ToolCallBlock;
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

/** What a model is told, whichever it is. */
export type ModelPrompt = Omit<ModelRequest, 'model'>;

/** Messages before a turn, and what stands for those that are not told word for word. */
export interface Past {
  /** Oldest first; the last one is what the turn answers. */
  readonly messages: readonly Message[];
  /** Stands for what was before `messages`. */
  readonly summary: string | null;
  /** Messages of the time that the summary stands for, told word for word. */
  readonly pinned: readonly Message[];
}

/** All that one turn tells models beside its own steps; read once, when it begins. */
export interface TurnContext {
  readonly past: Past;
  /** Who answers. */
  readonly assistant: AssistantVersion;
  /** What of it no person stands behind. */
  readonly untrusted: readonly UntrustedPart[];
  prompt(steps: readonly Step[]): ModelPrompt;
}

/** Puts together what models are told. */
export interface ContextAssembly {
  open(scope: Scope, thread: Thread, execution: Execution): Promise<TurnContext>;
}
