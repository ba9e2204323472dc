import { messageOf, NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { RpcError } from '../base/rpc-error.ts';
import type { AgentCall, AgentTools, ToolOutcome } from '../contract/agent.ts';
import type { Approvals } from '../contract/approvals.ts';
import type { ToolCallBlock, ToolResultBlock } from '../contract/models.ts';
import { isJsonObject, type CallChannel, type JsonObject } from '../contract/plugins.ts';
import type { RunLedger, RunRecord } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { Catalogue, ToolRunner } from '../contract/tools.ts';
import { resultBlocks } from './result-blocks.ts';

export interface AgentToolsDeps {
  readonly catalogue: Catalogue;
  readonly runner: ToolRunner;
  readonly runs: RunLedger;
  readonly approvals: Approvals;
  readonly newId: NewId;
}

/** The tools of all plugins, as a model may use them. */
export class CatalogueTools implements AgentTools {
  readonly #deps: AgentToolsDeps;

  constructor(deps: AgentToolsDeps) {
    this.#deps = deps;
  }

  isReading(name: string): boolean {
    const entry = this.#deps.catalogue.tool(name);
    return entry?.effect === 'read' && entry.approval !== 'always';
  }

  async run(scope: Scope, asked: AgentCall, signal: AbortSignal): Promise<ToolOutcome> {
    const { call } = asked;
    signal.throwIfAborted();
    const entry = this.#deps.catalogue.tool(call.name);
    if (entry === undefined)
      return failed(call, `There is no tool "${call.name}". Use one of the tools you were told of.`);
    if (call.malformed !== undefined) {
      return failed(
        call,
        'The arguments were no JSON object, so the tool was not run. Call it again with a JSON object.',
      );
    }
    const before = await this.#before(scope, asked);
    if (before !== undefined) return before;
    const allowed = await this.#deps.approvals.allow(scope, {
      execution: asked.execution.id,
      thread: asked.execution.thread,
      call,
      entry,
    });
    if (allowed.kind === 'waiting') return allowed;
    if (allowed.kind === 'denied') return failed(call, `A person did not allow it: ${allowed.reason}`);
    return await this.#invoke(scope, asked, allowed.args, signal);
  }

  /** What became of the call when the turn was cut off after it had begun; undefined when it may be run (again). */
  async #before(scope: Scope, { execution, call }: AgentCall): Promise<ToolOutcome | undefined> {
    const started = execution.steps.findLast(
      (step) => step.kind === 'tool_started' && step.callId === call.id,
    );
    if (started?.kind !== 'tool_started') return undefined;
    const run = await this.#deps.runs.get(scope, started.run);
    if (run === null || run.state === 'CANCELED') return undefined;
    if (run.state === 'SUCCEEDED') return { kind: 'result', result: recorded(call, run) };
    const isHarmless = run.effect === 'read' || run.effect === 'idempotent';
    if (isHarmless && run.error?.startsWith('The kernel stopped') === true) return undefined;
    if (run.state === 'UNKNOWN') {
      return failed(
        call,
        `It is not known whether this happened (${run.error ?? 'no reason was recorded'}). Do not repeat it: find out with a tool that reads, or ask.`,
      );
    }
    return failed(call, run.error ?? `the run is ${run.state}`);
  }

  async #invoke(scope: Scope, asked: AgentCall, args: JsonObject, signal: AbortSignal): Promise<ToolOutcome> {
    const { execution, call } = asked;
    const run = this.#deps.newId();
    await asked.onStart(run);
    const what = {
      tool: call.name,
      args,
      source: 'agent',
      client: execution.id,
      run,
      idempotencyKey: `${execution.id}:${call.id}`,
      isApproved: true,
    };
    try {
      const { result } = await this.#deps.runner.invoke(scope, what, nobody, signal);
      const { content, isError } = resultBlocks(result);
      return { kind: 'result', result: { type: 'tool_result', callId: call.id, isError, content } };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof NexusError) && !(error instanceof RpcError)) throw error;
      return failed(call, messageOf(error));
    }
  }
}

/** A turn cannot be asked anything by a plugin in the middle of a call. */
const nobody: CallChannel = {
  caller: 'agent',
  capabilities: {},
  answer: () => Promise.reject(new RpcError(-32_601, 'an agent cannot answer questions of a tool')),
};

function failed(call: ToolCallBlock, text: string): ToolOutcome {
  return {
    kind: 'result',
    result: { type: 'tool_result', callId: call.id, isError: true, content: [{ type: 'text', text }] },
  };
}

/** The result of a run that ended while the kernel did; what was too large to keep is not there any more. */
function recorded(call: ToolCallBlock, { result }: RunRecord): ToolResultBlock {
  const parsed: unknown = result === null ? null : JSON.parse(result);
  if (!isJsonObject(parsed)) {
    const text = 'It was done. Its result was too large to be kept when the kernel stopped.';
    return { type: 'tool_result', callId: call.id, isError: false, content: [{ type: 'text', text }] };
  }
  const { content, isError } = resultBlocks(parsed);
  return { type: 'tool_result', callId: call.id, isError, content };
}
