import { RpcError } from '../../base/rpc-error.ts';
import type { CallChannel, PluginHost, PluginView } from '../../contract/plugins.ts';
import { operatorScope } from '../../contract/scope.ts';
import type { Catalogue, ToolEntry, ToolRunner } from '../../contract/tools.ts';

export interface QuestionDeps {
  readonly host: PluginHost;
  readonly catalogue: Catalogue;
  readonly tools: ToolRunner;
}

/** How a plugin is asked whether it is well. */
export interface Question {
  /** What is asked, for people. */
  readonly asked: string;
  /** What is wrong with the check itself; empty when nothing is. */
  readonly note: string;
  /** Rejects when the plugin does not answer well. */
  ask(signal: AbortSignal): Promise<unknown>;
}

/** The tool that the manifest names, when it may be called unasked, else the protocol's own question. */
export function questionFor({ manifest, name, listing }: PluginView, deps: QuestionDeps): Question {
  const { tool } = manifest.health;
  const entry = deps.catalogue.entries().find((one) => one.plugin === name && one.tool === tool);
  const isFull = (deps.host.status(name)?.inFlight ?? 0) >= manifest.limits.concurrency;
  const note = tool === undefined ? '' : problemOf(tool, entry, isFull);
  if (entry === undefined || note !== '') {
    const asked = listing?.era === 'modern' ? 'server/discover' : 'ping';
    return { asked, note, ask: (signal) => deps.host.probe(name, signal) };
  }
  return { asked: entry.tool, note, ask: (signal) => callTool(entry, deps.tools, signal) };
}

function problemOf(tool: string, entry: ToolEntry | undefined, isFull: boolean): string {
  const instead = 'asked by the protocol instead';
  if (entry === undefined) return `it offers no tool "${tool}" to check it with; ${instead}`;
  if (entry.effect !== 'read')
    return `"${tool}" has the effect "${entry.effect}", and a check calls only what has the effect "read"; ${instead}`;
  if (entry.approval === 'always') return `each call of "${tool}" needs an approval; ${instead}`;
  // It would wait for its turn, and a plugin with much to do is not unwell.
  return isFull ? `it works on as many calls as it may; ${instead}` : '';
}

async function callTool(entry: ToolEntry, tools: ToolRunner, signal: AbortSignal): Promise<void> {
  const call = {
    tool: entry.publicName,
    args: entry.manifest.health.arguments,
    source: 'health',
    client: null,
  };
  const { result } = await tools.invoke(operatorScope('health'), call, nobody, signal);
  if (result['isError'] === true)
    throw new Error(`it answered with an error: ${JSON.stringify(result['content'])}`);
}

/** Nobody is there to be asked anything. */
const nobody: CallChannel = {
  caller: 'health',
  capabilities: {},
  answer: () => Promise.reject(new RpcError(-32_601, 'a health check cannot answer questions')),
};
