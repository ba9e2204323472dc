import type { BreakerView, CallFigures, PluginError } from './health.ts';
import type { Manifest } from './manifest.ts';
import type { Enforcement, ProcessUsage, Tier } from './sandbox.ts';

/**
 * Which protocol generation a peer speaks: `modern` is MCP 2026-07-28 (no handshake, an envelope
 * on each request), `legacy` everything up to 2025-11-25 (`initialize`, pushed requests).
 */
export type Era = 'modern' | 'legacy';

/** A JSON object whose fields this program passes on without knowing all of them. */
export type JsonObject = { [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type PluginState =
  | 'disabled'
  | 'available'
  | 'configured'
  | 'starting'
  | 'active'
  | 'draining'
  | 'stopped'
  | 'error'
  | 'quarantined';

/** Everything a plugin offers, as it said it: fields unknown to us included. */
export interface PluginListing {
  readonly era: Era;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly resourceTemplates: readonly JsonObject[];
}

/** A change of a plugin that is not in force (yet); what was in force before serves on. */
export interface PendingChange {
  readonly kind: 'starting' | 'failed' | 'held';
  /** What happened; for `failed` with the plugin's own last words. */
  readonly reason: string;
  /** What to do; empty when nothing is needed. */
  readonly nextStep: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** What people are shown of a plugin. */
export interface PluginStatus {
  readonly name: string;
  readonly state: PluginState;
  /** Why it is in this state; empty when there is nothing to say. */
  readonly reason: string;
  /** What to do next; empty when nothing is needed. */
  readonly nextStep: string;
  readonly enabled: boolean;
  /** What is in force now; null while no process runs. */
  readonly tier: Tier | null;
  readonly mechanism: string | null;
  readonly enforcement: Enforcement | null;
  readonly pid: number | null;
  readonly era: Era | null;
  readonly restarts: number;
  readonly calls: number;
  readonly inFlight: number;
  readonly startedAt: number | null;
  readonly source: string;
  readonly warnings: readonly string[];
  /** A change that waits or did not come in force; null when everything did. */
  readonly pending: PendingChange | null;
}

/** A plugin as the tool catalogue and the edges see it. */
export interface PluginView {
  readonly name: string;
  readonly manifest: Manifest;
  /** Null until the plugin was listed once (or its listing was found in the cache). */
  readonly listing: PluginListing | null;
  /** Tools and prompts (`promptKey`) of the listing that nobody has agreed to, by the plugin's own names, and why: they are not offered. */
  readonly held: ReadonlyMap<string, string>;
}

/** A pushed request of a plugin that the caller must answer: `elicitation/create`, `sampling/createMessage`, `roots/list`. */
export interface InputRequest {
  readonly method: string;
  readonly params?: JsonObject;
}

/** What the caller of one request offers while it is in flight. */
export interface CallChannel {
  /** Who is asking; pushed requests of a plugin are only ever answered by the caller whose call is in flight. */
  readonly caller: string;
  /** The client's declared capabilities, forwarded to modern plugins. */
  readonly capabilities: JsonObject;
  /** Log level asked for on this request (2026-07-28 envelope), if any. */
  readonly logLevel?: string;
  /** W3C trace context fields of `_meta`, passed on as they are. */
  readonly trace?: JsonObject;
  /** Answers the client sent along unasked (2026-07-28 lets it), for a modern plugin to use or ignore. */
  readonly offered?: JsonObject;
  /** Present when the caller asked for progress. Gets `progress`, `total`, `message` as sent, without the token. */
  readonly onProgress?: (params: JsonObject) => void;
  /** Gets the params of `notifications/message`. */
  readonly onLog?: (params: JsonObject) => void;
  /** Answers a plugin's input requests, by key; rejects when the caller cannot or does not answer in time. */
  answer(requests: Readonly<Record<string, InputRequest>>, signal: AbortSignal): Promise<JsonObject>;
}

/** Field of `_meta` that names the intent of a call. */
export const intentKey = 'dev.nexus/idempotencyKey';

export interface CallOptions {
  readonly channel: CallChannel;
  readonly signal: AbortSignal;
  /** Deadline in milliseconds; it does not run while the caller is being asked for input. */
  readonly timeoutMs?: number;
  /** Whether it only checks the plugin: it is not counted among its calls and keeps no plugin from idling. */
  readonly isCheck?: boolean;
  /** Names what is wanted, also when it is asked for again; the plugin is told it and may do it only once. */
  readonly intent?: string;
  /** Called once, just before the request leaves for the plugin, when it may run (after queueing). */
  readonly onLeave?: () => Promise<void> | undefined;
  /** Called with false when the plugin answered with a question, with true when the answer leaves for it. */
  readonly onWork?: (isAtWork: boolean) => void;
}

export type PluginEvent =
  | { readonly kind: 'listing'; readonly plugin: string }
  | { readonly kind: 'status'; readonly plugin: string }
  | { readonly kind: 'resource-updated'; readonly plugin: string; readonly params: JsonObject };

/** Tools that the kernel itself offers, under a name like a plugin's: the same catalogue, the same invoke path, the same record. */
export interface BuiltIn {
  readonly view: PluginView;
  /** Answers a call as a plugin would: an MCP tool result. */
  call(tool: string, args: JsonObject, options: CallOptions): Promise<JsonObject>;
}

/** What the host itself knows of how a plugin is. */
export interface PluginVitals {
  readonly figures: CallFigures;
  /** The last 20, oldest first. */
  readonly errors: readonly PluginError[];
  readonly breaker: BreakerView;
}

/** The door of `host/` for the layers above it. */
export interface PluginHost {
  /** Enabled plugins, sorted by name. */
  views(): readonly PluginView[];
  view(plugin: string): PluginView | undefined;
  statuses(): readonly PluginStatus[];
  status(plugin: string): PluginStatus | undefined;
  /** Last lines the plugin wrote to stderr, oldest first (at most 200). */
  stderr(plugin: string): readonly string[];
  /** Settles when every plugin, or the one named, has been listed, is held or has failed, or after `timeoutMs`. */
  listed(timeoutMs: number, plugin?: string): Promise<void>;
  /**
   * Waits likewise for the plugin that a tool called by this name ("prefix__tool" or "plugin.tool") belongs to, for as
   * long as a first start may take (30 s); for all plugins, 3 s, when the name does not say.
   */
  listedFor(tool: string): Promise<void>;
  /** Sends one request to a plugin, starting it when needed, and answers its input rounds through the channel. */
  call(plugin: string, method: string, params: JsonObject, options: CallOptions): Promise<JsonObject>;
  /** Keeps the subscription to a resource alive while at least one holder wants it; returns the release. */
  subscribe(plugin: string, uri: string): Promise<() => Promise<void>>;
  restart(plugin: string): Promise<void>;
  /**
   * Swaps a plugin for what its manifest, code and settings are now: a new process beside the old one takes over when
   * it has proved itself, the old one serves until then and ends its calls. `listed` waits for it, the status tells of
   * it. Throws PLUGIN_UNKNOWN.
   */
  reload(plugin: string): void;
  /** Throws PLUGIN_UNKNOWN. */
  vitals(plugin: string): PluginVitals;
  /** What the plugin's process tree uses; null when none runs. */
  usage(plugin: string): Promise<ProcessUsage | null>;
  /** Asks the plugin what every plugin must answer, starting it when needed. It is no call and keeps no plugin from idling. */
  probe(plugin: string, signal: AbortSignal): Promise<void>;
  /** Ends a running plugin because it is not well: as a crash, but its calls in flight are told `because`. Starts it again in its turn. */
  replace(plugin: string, because: string): Promise<void>;
  onEvent(listener: (event: PluginEvent) => void): () => void;
}
