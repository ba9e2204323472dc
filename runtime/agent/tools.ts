import { canonicalJson } from '../base/canonical-json.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { RpcError } from '../base/rpc-error.ts';
import type { AgentCall, AgentTools, ToolOutcome } from '../contract/agent.ts';
import type { Approvals, Permission } from '../contract/approvals.ts';
import type { ToolCallBlock, ToolResultBlock } from '../contract/models.ts';
import { isJsonObject, type CallChannel, type JsonObject } from '../contract/plugins.ts';
import type { Directives } from '../contract/directives.ts';
import type { Reconciler } from '../contract/reconcile.ts';
import { mayRunAgain, type RunLedger, type RunRecord } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution } from '../contract/threads.ts';
import type { Catalogue, ToolEntry, ToolRunner } from '../contract/tools.ts';
import { resultBlocks } from './result-blocks.ts';
import { verdictText } from './verdict-notices.ts';

export interface AgentToolsDeps {
  readonly catalogue: Catalogue;
  readonly runner: ToolRunner;
  readonly runs: RunLedger;
  readonly approvals: Approvals;
  readonly directives: Directives;
  readonly reconciler: Reconciler;
  /** Settles when the tools of all plugins are known, or after a while. */
  readonly listed: () => Promise<void>;
  /** Whether a turn is told notes that no person stands behind. */
  readonly hasUntrusted: (scope: Scope, execution: Execution) => Promise<boolean>;
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
    // What may have happened is told also when the tool is not there any more.
    const before = await this.#before(scope, asked);
    if (before !== undefined) return before;
    const entry = await this.#entry(call.name);
    if (entry === undefined)
      return failed(call, `There is no tool "${call.name}". Use one of the tools you were told of.`);
    if (call.malformed !== undefined) {
      return failed(
        call,
        'The arguments were no JSON object, so the tool was not run. Call it again with a JSON object.',
      );
    }
    const unsettled = await this.#unsettled(scope, entry, call);
    if (unsettled !== undefined) return unsettled;
    const allowed = await this.#deps.approvals.allow(scope, {
      execution: asked.execution.id,
      thread: asked.execution.thread,
      call,
      entry,
      hasUntrusted: () => this.#deps.hasUntrusted(scope, asked.execution),
    });
    if (allowed.kind === 'waiting') return allowed;
    if (allowed.kind === 'denied') return failed(call, `A person did not allow it: ${allowed.reason}`);
    const outcome =
      entry.effect === 'read'
        ? await this.#read(scope, asked, allowed, signal)
        : await this.#direct(scope, asked, allowed, signal);
    return withChange(outcome, call, allowed.args);
  }

  /** A turn that a crash cut off goes on before the plugins are listed. */
  async #entry(name: string): Promise<ToolEntry | undefined> {
    const { catalogue, listed } = this.#deps;
    if (catalogue.tool(name) === undefined) await listed();
    return catalogue.tool(name);
  }

  /** What became of the call when the turn was cut off after it had begun; undefined when it may be run (again). */
  async #before(scope: Scope, { execution, call }: AgentCall): Promise<ToolOutcome | undefined> {
    const started = execution.steps.findLast(
      (step) => step.kind === 'tool_started' && step.callId === call.id,
    );
    if (started?.kind !== 'tool_started') return undefined;
    const run = await this.#deps.runs.get(scope, started.run);
    if (run === null || mayRunAgain(run)) return undefined;
    if (run.state === 'SUCCEEDED') return { kind: 'result', result: recorded(call, run) };
    if (run.state === 'UNKNOWN') return await this.#lost(scope, call, run);
    return failed(call, run.error ?? `the run is ${run.state}`);
  }

  /** The very same call may have happened before: it is not repeated while nobody knows. */
  async #unsettled(scope: Scope, entry: ToolEntry, call: ToolCallBlock): Promise<ToolOutcome | undefined> {
    if (entry.effect === 'read' || entry.effect === 'idempotent') return undefined;
    const same = await this.#deps.directives.unsettled(scope, 'tool.run', {
      tool: call.name,
      args: call.arguments,
    });
    const run = same === null ? null : await this.#deps.runs.get(scope, same);
    if (run === null || (await this.#deps.reconciler.settled(scope, run)) !== null) return undefined;
    return failed(
      call,
      `The same call was made before and it is not known whether it happened, so it was not made again. ${settleIt(run.id)}`,
    );
  }

  /** Of a call that may have happened: what its check tool says, else that nobody knows. */
  async #lost(scope: Scope, call: ToolCallBlock, run: RunRecord): Promise<ToolOutcome> {
    const verdict = await this.#deps.reconciler.settled(scope, run);
    const why = run.error ?? 'no reason was recorded';
    if (verdict === null) {
      return failed(
        call,
        `It is not known whether this happened (${why}). Do not repeat it: find out with a tool that reads, or ask. ${settleIt(run.id)}`,
      );
    }
    if (!verdict.happened) return failed(call, `${verdictText(verdict)} It may be called again. (${why})`);
    return {
      kind: 'result',
      result: textResult(call, false, `${verdictText(verdict)} Its own answer was lost (${why}).`),
    };
  }

  async #read(
    scope: Scope,
    asked: AgentCall,
    { args, tool: approved }: Extract<Permission, { kind: 'allowed' }>,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const { execution, call } = asked;
    const run = this.#deps.newId();
    await asked.onStart(run);
    const what = { tool: call.name, args, source: 'agent', client: execution.id, run, approved };
    try {
      const { result } = await this.#deps.runner.invoke(scope, what, channelOf(asked), signal);
      return answered(call, result);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof NexusError) && !(error instanceof RpcError)) throw error;
      return failed(call, messageOf(error));
    }
  }

  /** What changes the world is a directive: on record before it begins, and there is only one with its key. */
  async #direct(
    scope: Scope,
    asked: AgentCall,
    { args, tool: approved }: Extract<Permission, { kind: 'allowed' }>,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const { execution, call } = asked;
    const step = execution.steps.findLastIndex(({ kind }) => kind === 'model_call');
    const wanted = {
      kind: 'tool.run',
      payload: { tool: call.name, args },
      key: `${execution.id}:${step}:${call.id}`,
      execution: execution.id,
      approved,
    };
    let run: string | undefined;
    const onStart = async (id: string): Promise<void> => {
      run = id;
      await asked.onStart(id);
    };
    const listener = { onStart, onProgress: asked.onProgress };
    const end = await this.#deps.directives.perform(scope, wanted, listener, signal);
    if (signal.aborted) throw signal.reason;
    if (end.answer !== undefined) return answered(call, end.answer);
    if (end.state === 'succeeded') return { kind: 'result', result: textResult(call, false, 'It was done.') };
    const record =
      end.state === 'unknown' && run !== undefined ? await this.#deps.runs.get(scope, run) : null;
    return record === null ? failed(call, end.reason) : await this.#lost(scope, call, record);
  }
}

/** A turn hears of progress, and cannot be asked anything by a plugin in the middle of a call. */
function channelOf({ onProgress }: AgentCall): CallChannel {
  return {
    caller: 'agent',
    capabilities: {},
    ...(onProgress === undefined ? {} : { onProgress }),
    answer: () => Promise.reject(new RpcError(-32_601, 'an agent cannot answer questions of a tool')),
  };
}

function settleIt(run: string): string {
  return `A person can settle it with "nexus reconcile ${run} --happened" or "--not-happened".`;
}

function failed(call: ToolCallBlock, text: string): ToolOutcome {
  return { kind: 'result', result: textResult(call, true, text) };
}

function textResult(call: ToolCallBlock, isError: boolean, text: string): ToolResultBlock {
  return { type: 'tool_result', callId: call.id, isError, content: [{ type: 'text', text }] };
}

function answered(call: ToolCallBlock, answer: JsonObject): ToolOutcome {
  const { content, isError } = resultBlocks(answer);
  return { kind: 'result', result: { type: 'tool_result', callId: call.id, isError, content } };
}

/** Arguments that a person changed are told with the result: the model would say that it did what it asked for. */
function withChange(outcome: ToolOutcome, call: ToolCallBlock, args: JsonObject): ToolOutcome {
  if (outcome.kind === 'waiting' || canonicalJson(args) === canonicalJson(call.arguments)) return outcome;
  const text = `A person changed the arguments before it was run: ${JSON.stringify(args)}`;
  const { result } = outcome;
  return { ...outcome, result: { ...result, content: [{ type: 'text', text }, ...result.content] } };
}

/** The result of a run that ended while the kernel did; what was too large to keep is not there any more. */
function recorded(call: ToolCallBlock, { result }: RunRecord): ToolResultBlock {
  const parsed: unknown = result === null ? null : JSON.parse(result);
  if (!isJsonObject(parsed)) {
    return textResult(
      call,
      false,
      'It was done. Its result was too large to be kept when the kernel stopped.',
    );
  }
  const { content, isError } = resultBlocks(parsed);
  return { type: 'tool_result', callId: call.id, isError, content };
}
