import { ownPrefix } from '../contract/manifest.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { AgentCall, AgentTools, ToolOutcome } from '../contract/agent.ts';
import { mayUse } from '../contract/assistants.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution } from '../contract/threads.ts';
import { assistantsAbove, type AboveDeps } from './assistants-above.ts';
import type { OwnTool } from './own-tool.ts';

export interface OwnToolsDeps extends AboveDeps {
  /** The tools of all plugins. */
  readonly plugins: AgentTools;
  readonly own: readonly OwnTool[];
}

/** The tools of plugins and those of the agent itself, as far as the assistant of a turn may use them. */
export class OwnTools implements AgentTools {
  readonly #deps: OwnToolsDeps;
  readonly #own: ReadonlyMap<string, OwnTool>;

  constructor(deps: OwnToolsDeps) {
    this.#deps = deps;
    this.#own = new Map(deps.own.map((tool) => [tool.definition.name, tool]));
  }

  isReading(name: string): boolean {
    return this.#own.get(name)?.isReading ?? this.#deps.plugins.isReading(name);
  }

  async run(scope: Scope, asked: AgentCall, signal: AbortSignal): Promise<ToolOutcome> {
    signal.throwIfAborted();
    const { execution, call } = asked;
    const unfit = await this.#whoMayNot(scope, execution, call.name);
    if (unfit !== null)
      return told(call.id, `The assistant "${unfit}" may not use the tool "${call.name}".`, true);
    const own = this.#own.get(call.name);
    // The prefix is the agent's own, also where it has no such tool.
    if (own === undefined && call.name.startsWith(ownPrefix))
      return told(call.id, `There is no tool "${call.name}". Use one of the tools you were told of.`, true);
    if (own === undefined) return await this.#deps.plugins.run(scope, asked, signal);
    if (call.malformed !== undefined)
      return told(call.id, 'The arguments were no JSON object. Call it again.', true);
    try {
      return told(call.id, await own.run(scope, { execution, call: call.id, args: call.arguments }), false);
    } catch (error) {
      if (!(error instanceof NexusError)) throw error;
      return told(call.id, messageOf(error), true);
    }
  }

  /** The assistant of a turn, or of one it works for, that may not use a tool: who hands work over gains nothing by it. */
  async #whoMayNot(scope: Scope, of: Execution, tool: string): Promise<string | null> {
    const own = await this.#deps.assistants.forTurn(scope, { assistant: of.assistant }, of);
    const all = [own, ...(await assistantsAbove(this.#deps, scope, of))];
    return all.find((assistant) => !mayUse(assistant, tool))?.name ?? null;
  }
}

function told(callId: string, text: string, isError: boolean): ToolOutcome {
  return {
    kind: 'result',
    result: { type: 'tool_result', callId, isError, content: [{ type: 'text', text }] },
  };
}
