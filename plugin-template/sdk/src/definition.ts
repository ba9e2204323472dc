import type { CallToolResult, JsonSchemaType, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { Log } from './log.ts';
import type { SecretsOf, SettingDeclarations, SettingsOf } from './settings.ts';
import type { Store } from './store.ts';

/** A JSON Schema of type "object", written by hand or made by another library. */
export type JsonSchema = JsonSchemaType & { readonly type: 'object' };

/** What describes arguments and answers: a zod 4 object, `zod3(…)` of a zod 3 one, or a JSON Schema. */
export type ToolSchema = StandardSchemaWithJSON | JsonSchema;

/** What a handler gets for a schema. */
export type ValueOf<Schema> = Schema extends StandardSchemaWithJSON
  ? StandardSchemaWithJSON.InferOutput<Schema>
  : Readonly<Record<string, unknown>>;

/** What a tool does to the world; without one it counts as `irreversible`. */
export type Effect = 'read' | 'idempotent' | 'reversible' | 'irreversible';

/** What a handler may answer: text, a JSON value, or a whole MCP result. */
export type Answer =
  | string
  | number
  | boolean
  | null
  | undefined
  | void
  | readonly unknown[]
  | Readonly<Record<string, unknown>>
  | CallToolResult;

/** What the plugin as a whole works with. */
export interface PluginContext<S, D> {
  readonly settings: SettingsOf<S>;
  readonly secrets: SecretsOf<S>;
  readonly store: Store<D>;
  /** The plugin's own folder, the only one that is always its to write. */
  readonly dataFolder: string;
  readonly log: Log;
  /** Aborted when the caller cancels, leaves or ran out of time. Pass it to everything that can wait. */
  readonly signal: AbortSignal;
}

/** What one call works with. */
export interface ToolContext<S, D> extends PluginContext<S, D> {
  /** Tells the caller how far the work is; nothing happens when the caller did not ask. */
  readonly progress: (done: number, total?: number, message?: string) => Promise<void>;
  /** The same for every attempt at the same run: give it to services that must not do a thing twice. */
  readonly idempotencyKey: string;
}

/** One tool; its name is its key in `tools`. */
export interface ToolDefinition<Schema, S, D> {
  readonly title?: string;
  /** What it does, for a model that has to choose. */
  readonly description: string;
  readonly input?: Schema & ToolSchema;
  readonly output?: ToolSchema;
  readonly effect?: Effect;
  /** Asks that a person allows each run; the manifest can ask for more, and only it can ask for less. */
  readonly approval?: 'always';
  readonly run: (input: ValueOf<Schema>, context: ToolContext<S, D>) => Answer | Promise<Answer>;
}

/** A slash command: `/plugin.name words` runs a tool without a model. Every tool has one of its own name anyway. */
export interface CommandDefinition {
  readonly tool: string;
  readonly description?: string;
  /** Which arguments words without a name are, in order; as the tool's schema lists them when absent. */
  readonly positional?: readonly string[];
  /** Arguments that are always given. */
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A plugin in full. */
export interface PluginDefinition<S extends SettingDeclarations, D extends object, T> {
  readonly name: string;
  readonly version?: string;
  /** How a model should use the tools together. */
  readonly instructions?: string;
  readonly settings?: S;
  /** What the private store holds before anything was written. */
  readonly store?: D;
  readonly tools: { readonly [Name in keyof T]: ToolDefinition<T[Name], S, D> };
  readonly commands?: Readonly<Record<string, CommandDefinition>>;
  /** Throws, with the reason, when the plugin cannot do its work; what it returns is shown to people. */
  readonly health?: (context: PluginContext<S, D>) => Answer | Promise<Answer>;
}
