import type { NexusError } from '../base/errors.ts';
import type { Effect, Manifest } from './manifest.ts';
import type { CallChannel, JsonObject } from './plugins.ts';
import type { FinalRunState } from './runs.ts';
import type { Scope } from './scope.ts';

/** Field of a call's `_meta` with the id of its run, the same for every attempt at it. */
export const runMetaKey = 'dev.nexus/run';

/** One tool under its public name. */
export interface ToolEntry {
  readonly publicName: string;
  readonly plugin: string;
  /** The plugin's own name of it. */
  readonly tool: string;
  /** As the plugin declared it, with the public name. */
  readonly definition: JsonObject;
  readonly effect: Effect;
  readonly approval: 'never' | 'always';
  readonly manifest: Manifest;
}

/** A prompt or resource and the plugin that serves it under `name` (a prompt's own name, a resource's URI). */
export interface Offer {
  readonly plugin: string;
  readonly name: string;
}

export type CatalogueKind = 'tools' | 'prompts' | 'resources';

/** Everything all plugins offer, under public names. Arrays are replaced, never changed, when something changes. */
export interface Catalogue {
  tools(): readonly JsonObject[];
  entries(): readonly ToolEntry[];
  tool(publicName: string): ToolEntry | undefined;
  /** Why a tool, by its public name or as `plugin.tool`, or a prompt (`promptKey` of its public name), is offered to nobody: TOOL_HELD; undefined when it is not held. */
  held(name: string): NexusError | undefined;
  prompts(): readonly JsonObject[];
  prompt(publicName: string): Offer | undefined;
  resources(): readonly JsonObject[];
  resourceTemplates(): readonly JsonObject[];
  /** Which plugin serves a URI: by its list, then by its templates. */
  resource(uri: string): Offer | undefined;
  /** Which plugin declared a template, for completion. */
  resourceTemplate(uriTemplate: string): Offer | undefined;
  /** What is left out and why: names already taken, schemas refused. */
  warnings(): readonly { readonly plugin: string; readonly text: string }[];
  onChange(listener: (kind: CatalogueKind) => void): () => void;
}

export interface ToolCall {
  /** Public name. */
  readonly tool: string;
  readonly args: JsonObject;
  readonly source: string;
  readonly client: string | null;
  /** Id of the run; a new one when absent. */
  readonly run?: string;
  /** Names the intent, also when it is carried out again; the plugin is told it. The id of the run when absent. */
  readonly idempotencyKey?: string;
  /** Hash of the tool this very call was allowed for (`toolHash`): then nobody is asked, and no other tool is run. */
  readonly approved?: string;
}

export interface ToolResult {
  /** Id of the run. */
  readonly run: string;
  /** The plugin's result, as it sent it. */
  readonly result: JsonObject;
}

export interface RunCount {
  readonly plugin: string;
  readonly state: FinalRunState;
  readonly runs: number;
}

/** The one way a tool is ever run. */
export interface ToolRunner {
  /**
   * Runs a tool and records it. Rejects with a NexusError (unknown tool, bad arguments, denied, timed out,
   * canceled, crashed) or with the RpcError the plugin answered.
   */
  invoke(scope: Scope, call: ToolCall, channel: CallChannel, signal: AbortSignal): Promise<ToolResult>;
  /** Runs that ended since the kernel started, by plugin and state. */
  counts(): readonly RunCount[];
}
