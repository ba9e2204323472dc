import { z } from 'zod';
import { messageOf, NexusError } from '../base/errors.ts';
import { redactKnownWithin } from '../base/known-secrets-within.ts';
import { RpcError } from '../base/rpc-error.ts';
import { toolHash } from '../contract/definition.ts';
import type { Directive, DirectiveEnd, DirectiveKind, Undo } from '../contract/directives.ts';
import { isJsonObject, type CallChannel, type JsonObject } from '../contract/plugins.ts';
import { mayRunAgain, type RunLedger } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { Catalogue, ToolRunner } from '../contract/tools.ts';
import { followUpOf } from './follow-up.ts';

export const toolRunPayloadSchema = z.object({
  tool: z.string().describe('Public name'),
  args: z.record(z.string(), z.unknown()),
});

export interface ToolRunDeps {
  readonly catalogue: Catalogue;
  readonly runner: ToolRunner;
  readonly runs: RunLedger;
}

/** Errors that another attempt may not meet. A run of which is not known whether it had its effect is UNKNOWN, never one of these. */
const passing: ReadonlySet<string> = new Set([
  'PLUGIN_CRASHED',
  'PLUGIN_UNAVAILABLE',
  'PLUGIN_BUSY',
  'RUN_TIMED_OUT',
  'REMOTE_LOST',
]);

/** Directives that run a tool, by the one function that runs tools. That it may be run was decided before it was put on record. */
export class ToolRunKind implements DirectiveKind {
  readonly #deps: ToolRunDeps;

  constructor(deps: ToolRunDeps) {
    this.#deps = deps;
  }

  async run(
    scope: Scope,
    directive: Directive,
    run: string,
    signal: AbortSignal,
    { approved, onProgress }: Parameters<DirectiveKind['run']>[4],
  ): Promise<DirectiveEnd> {
    const { tool, args } = toolRunPayloadSchema.parse(directive.payload);
    const { execution, key: idempotencyKey } = directive;
    const source = execution === null ? 'directive' : 'agent';
    const client = execution ?? directive.id;
    const entry = this.#deps.catalogue.tool(tool);
    // What was put on record by itself is allowed for whatever bears the name.
    const hash = approved ?? (entry === undefined ? undefined : toolHash(entry));
    const allowed = hash === undefined ? {} : { approved: hash };
    const call = { tool, args, source, client, run, idempotencyKey, ...allowed };
    const channel = { ...nobody(client), ...(onProgress === undefined ? {} : { onProgress }) };
    try {
      const { result } = await this.#deps.runner.invoke(scope, call, channel, signal);
      return result['isError'] === true
        ? { state: 'failed', reason: errorOf(result), mayRepeat: false, answer: result }
        : { state: 'succeeded', undo: this.#undoOf(directive, result), answer: result };
    } catch (error) {
      if (!(error instanceof NexusError) && !(error instanceof RpcError)) throw error;
      const reason = messageOf(error);
      const record = await this.#deps.runs.get(scope, run);
      if (record?.state === 'UNKNOWN') return { state: 'unknown', reason };
      if (record?.state === 'CANCELED' || signal.aborted) return { state: 'canceled', reason };
      return { state: 'failed', reason, mayRepeat: error instanceof NexusError && passing.has(error.code) };
    }
  }

  async recover(scope: Scope, directive: Directive): Promise<DirectiveEnd | null> {
    const run = directive.run === null ? null : await this.#deps.runs.get(scope, directive.run);
    // Without a record the call had not left.
    if (run === null || mayRunAgain(run)) return null;
    const reason = run.error ?? `its run is ${run.state}`;
    const parsed: unknown = run.result === null ? null : JSON.parse(run.result);
    const answer = isJsonObject(parsed) ? parsed : {};
    if (run.state === 'SUCCEEDED')
      return { state: 'succeeded', undo: this.#undoOf(directive, answer), answer };
    if (run.state === 'FAILED' || run.state === 'DENIED')
      return { state: 'failed', reason, mayRepeat: false };
    return { state: 'unknown', reason };
  }

  /** How to take the call back, when its manifest says so and nothing secret would have to be kept for it. */
  #undoOf({ payload, key }: Directive, result: JsonObject): Undo | null {
    const { tool, args } = toolRunPayloadSchema.parse(payload);
    const entry = this.#deps.catalogue.tool(tool);
    const undo = entry?.manifest.tools[entry.tool]?.undo;
    if (entry === undefined || undo === undefined) return null;
    const call = followUpOf(entry, undo, { arguments: args, result, key }, this.#deps.catalogue);
    if (call === null || redactKnownWithin(call.args) !== call.args) return null;
    return { tool: call.entry.publicName, args: call.args };
  }
}

/** A directive cannot be asked anything by a plugin in the middle of a call. */
export function nobody(caller: string): CallChannel {
  return {
    caller,
    capabilities: {},
    answer: () => Promise.reject(new RpcError(-32_601, 'nobody is there to answer questions of a tool')),
  };
}

function errorOf(result: JsonObject): string {
  const content: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  const texts = content.flatMap((block) =>
    isJsonObject(block) && typeof block['text'] === 'string' ? [block['text']] : [],
  );
  return texts[0] ?? 'the tool reported an error';
}
