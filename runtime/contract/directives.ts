import { z } from 'zod';
import type { CallChannel, JsonObject } from './plugins.ts';
import type { Scope } from './scope.ts';

/**
 * `requested → running → succeeded | failed | canceled`, which are final. `unknown`: it may have happened, and only a
 * reconciliation can tell; it leaves that state for `succeeded` or `failed`.
 */
export const directiveStateSchema = z.enum([
  'requested',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'unknown',
]);
export type DirectiveState = z.infer<typeof directiveStateSchema>;

const jsonObject = z.record(z.string(), z.unknown());

/** A call that takes an effect back. */
export const undoSchema = z.object({ tool: z.string(), args: jsonObject });
export type Undo = z.infer<typeof undoSchema>;

/** Controlled intent: what shall happen, at most once. */
export const directiveSchema = z
  .object({
    id: z.string(),
    kind: z.string().describe('What does it: "tool.run", "thread.prompt"'),
    state: directiveStateSchema,
    reason: z.string().nullable().describe('Why it is in its state'),
    payload: jsonObject,
    key: z.string().describe('Idempotency key: there is one directive with it'),
    runAt: z.int().describe('Not before'),
    attempts: z.int(),
    maxAttempts: z.int(),
    execution: z.string().nullable().describe('The turn that asked for it and carries it out'),
    run: z.string().nullable().describe('Tool run of the last attempt'),
    rerunOf: z.string().nullable(),
    undo: undoSchema.nullable().describe('How to take it back'),
    result: jsonObject.nullable(),
    group: z.string().nullable(),
    user: z.string(),
    actor: z.string(),
    createdAt: z.int(),
    startedAt: z.int().nullable(),
    endedAt: z.int().nullable(),
  })
  .meta({ id: 'Directive' });
export type Directive = z.infer<typeof directiveSchema>;

export interface NewDirective {
  readonly kind: string;
  readonly payload: JsonObject;
  readonly key: string;
  /** Milliseconds since 1970; at once when absent. */
  readonly runAt?: number;
  /** Only what can be repeated safely is tried again, whatever is allowed here. 1 when absent. */
  readonly maxAttempts?: number;
  /** With it, the turn carries it out and the runner leaves it alone. */
  readonly execution?: string;
  readonly rerunOf?: string;
}

/** What changes with a state; absent fields stay. */
export interface DirectiveChange {
  readonly state: DirectiveState;
  readonly reason?: string | null;
  readonly runAt?: number;
  readonly attempts?: number;
  readonly run?: string;
  readonly undo?: Undo | null;
  readonly result?: JsonObject | null;
}

/** Directives of one tenant. */
export interface DirectiveStore {
  /** Puts one on record; the one that has its key when there is one. Throws DIRECTIVE_KEY_TAKEN when that wants something else. */
  add(scope: Scope, directive: NewDirective): Promise<Directive>;
  get(scope: Scope, id: string): Promise<Directive | null>;
  /** The one whose last attempt is a tool run. */
  ofRun(scope: Scope, run: string): Promise<Directive | null>;
  /** Compare-and-set on state and attempts; null when it was not as `from` says. An end is told by a signal in the same transaction. */
  move(from: Directive, change: DirectiveChange): Promise<Directive | null>;
  /** Of all users, those the runner is to begin, in the order in which they are due. */
  due(now: number, limit: number): Promise<readonly Directive[]>;
  /** Of all users, those that are running. */
  running(): Promise<readonly Directive[]>;
  /** Of all users, those that a turn asked for which has ended without them. */
  abandoned(): Promise<readonly Directive[]>;
  /** One of the same kind and payload of which is not known whether it happened. */
  unknownLike(scope: Scope, kind: string, payload: JsonObject): Promise<Directive | null>;
}

/** How an attempt ended. `answer` is what a tool answered; it is not kept with the directive. */
export type DirectiveEnd = { readonly answer?: JsonObject } & (
  | { readonly state: 'succeeded'; readonly result?: JsonObject; readonly undo?: Undo | null }
  | { readonly state: 'failed'; readonly reason: string; readonly mayRepeat: boolean }
  | { readonly state: 'canceled' | 'unknown'; readonly reason: string }
);

/** Who asked for something hears how it goes. */
export interface RunListener {
  /** Puts on record that a tool run with this id begins. */
  readonly onStart: (run: string) => Promise<void>;
  /** Gets what the tool reports of its progress, as it sends it. */
  readonly onProgress?: CallChannel['onProgress'];
}

/** What does directives of one kind. */
export interface DirectiveKind {
  /**
   * One attempt; `run` is the id of the tool run it makes, if it makes one, and `approved` the hash of the tool that was
   * allowed for it. `onProgress` as a RunListener has it. Rejects only on a bug.
   */
  run(
    scope: Scope,
    directive: Directive,
    run: string,
    signal: AbortSignal,
    asked: { readonly approved?: string | undefined; readonly onProgress?: RunListener['onProgress'] },
  ): Promise<DirectiveEnd>;
  /** What became of an attempt that the end of the kernel cut off; null when it can safely be made again. */
  recover(scope: Scope, directive: Directive): Promise<DirectiveEnd | null>;
}

/** The door of `work/` for whoever wants something done. */
export interface Directives {
  /** Puts it on record, to be done when it is due. */
  request(scope: Scope, directive: NewDirective): Promise<Directive>;
  /**
   * Puts a directive of a turn on record and carries it out now. One that has ended is not done again: what became of it
   * is answered. A tool is run only as it was `approved`.
   */
  perform(
    scope: Scope,
    directive: NewDirective & { readonly execution: string; readonly approved?: string },
    listener: RunListener,
    signal: AbortSignal,
  ): Promise<DirectiveEnd>;
  /** The tool run of one with the same kind and payload of which is not known whether it happened. */
  unsettled(scope: Scope, kind: string, payload: JsonObject): Promise<string | null>;
  /** Throws TASK_UNKNOWN or DIRECTIVE_STATE. One that is running is asked to stop. */
  cancel(scope: Scope, id: string): Promise<Directive>;
  /** A new directive that wants the same; the old one stays as it is. Throws TASK_UNKNOWN or DIRECTIVE_STATE. */
  rerun(scope: Scope, id: string): Promise<Directive>;
  /** Puts one off that has not begun. Throws TASK_UNKNOWN or DIRECTIVE_STATE. */
  snooze(scope: Scope, id: string, until: number): Promise<Directive>;
  /** A new directive that takes back what one did. Throws TASK_UNKNOWN or UNDO_UNKNOWN. */
  undo(scope: Scope, id: string): Promise<Directive>;
}
