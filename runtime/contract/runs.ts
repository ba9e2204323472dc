import type { Effect } from './manifest.ts';
import type { Scope } from './scope.ts';

/**
 * QUEUED → RUNNING → one of the others, which are final. UNKNOWN: an effect that may not be repeated may have happened,
 * because the kernel or the plugin died, or the run was canceled or timed out, while the plugin was at work on it.
 */
export type RunState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'DENIED' | 'CANCELED' | 'UNKNOWN';
export type FinalRunState = Exclude<RunState, 'QUEUED' | 'RUNNING'>;

/** What is known of a tool run before it starts. */
export interface RunStart {
  /** UUIDv7. */
  readonly id: string;
  readonly plugin: string;
  /** The plugin's own name of the tool, without prefix. */
  readonly tool: string;
  readonly effect: Effect;
  /** The arguments as sent; the ledger redacts and bounds them before they are stored. */
  readonly args: unknown;
  /** Through which edge it came: `http`, `stdio`, `cli`, … */
  readonly source: string;
  /** Name of the MCP client, as far as it said. */
  readonly client: string | null;
}

export interface RunOutcome {
  readonly state: FinalRunState;
  /** Why it did not succeed; null when it did. */
  readonly error: string | null;
  /** The tool's result as received; the ledger redacts and bounds it before it is stored. */
  readonly result: unknown;
}

/** One stored tool run. Times are milliseconds since 1970. */
export interface RunRecord {
  readonly id: string;
  readonly plugin: string;
  readonly tool: string;
  readonly effect: Effect;
  readonly state: RunState;
  /** JSON, redacted; null when it was too large to keep whole and could not be bounded. */
  readonly args: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly source: string;
  readonly client: string | null;
  readonly user: string;
  readonly actor: string;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** Whether a run that the end of its kernel cut off may be made again: it had no effect, or one that may be repeated. */
export function mayRunAgain({
  state,
  effect,
  error,
}: Pick<RunRecord, 'state' | 'effect' | 'error'>): boolean {
  if (state === 'CANCELED') return true;
  const isHarmless = effect === 'read' || effect === 'idempotent';
  return state === 'FAILED' && isHarmless && error?.startsWith('The kernel stopped') === true;
}

export interface RunQuery {
  readonly plugin?: string;
  readonly tool?: string;
  readonly state?: RunState;
  /** Only runs queued before the run with this id (UUIDv7 order): the next page. */
  readonly before?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

/**
 * The record of every tool run. A promise settles when its record survives any end of the process; a read sees
 * everything recorded before it.
 */
export interface RunLedger {
  /** Records QUEUED. */
  queue(scope: Scope, run: RunStart): Promise<void>;
  /** QUEUED → RUNNING. Must be awaited before the call leaves for the plugin. */
  start(scope: Scope, id: string): Promise<void>;
  /** Records QUEUED and RUNNING at once, for a run that need not wait. */
  begin(scope: Scope, run: RunStart): Promise<void>;
  /** QUEUED or RUNNING → a final state. Rejects when the run is not in one of the two. */
  finish(scope: Scope, id: string, outcome: RunOutcome): Promise<void>;
  /** Newest first. */
  list(scope: Scope, query: RunQuery): Promise<readonly RunRecord[]>;
  get(scope: Scope, id: string): Promise<RunRecord | null>;
}
