import { setImmediate } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { Kysely, type SelectQueryBuilder, sql, SqliteDialect } from 'kysely';
import { NexusError } from '../base/errors.ts';
import { sequenceBound, sequenceOf } from '../base/ids.ts';
import type { RunQuery, RunRecord, RunState } from '../contract/runs.ts';
import type { Effect } from '../contract/manifest.ts';
import type { Scope } from '../contract/scope.ts';

interface ToolRunsTable {
  readonly seq: number;
  readonly id: string;
  readonly state: RunState;
  readonly effect: Effect;
  readonly plugin: string;
  readonly tool: string;
  readonly group_id: string | null;
  readonly user_id: string;
  readonly actor: string;
  readonly source: string;
  readonly client: string | null;
  readonly queued_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly error: string | null;
  readonly args: string | null;
  readonly result: string | null;
}

interface TenantTables {
  readonly tool_runs: ToolRunsTable;
}

type RunsQuery = SelectQueryBuilder<TenantTables, 'tool_runs', RunRecord>;

const MAX_LISTED_RUNS = 1_000;
/** Without an index for the question, this many runs are searched before other work gets its turn: about 3 ms. */
const WINDOW_ROWS = 20_000;

/** The run ledger's reads. In a module of its own because Kysely takes 45 ms to import: the first read pays, not the boot. */
export class RunQueries {
  readonly #database: Database.Database;
  readonly #kysely: Kysely<TenantTables>;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#kysely = new Kysely<TenantTables>({ dialect: new SqliteDialect({ database }) });
  }

  get #db(): Kysely<TenantTables> {
    if (!this.#database.open) throw new NexusError('STORE_CLOSED');
    return this.#kysely;
  }

  async list(scope: Scope, query: RunQuery): Promise<readonly RunRecord[]> {
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MAX_LISTED_RUNS) {
      throw new NexusError('USAGE', { problem: `limit is ${query.limit}, not 1 to ${MAX_LISTED_RUNS}` });
    }
    let end = endOf(query.before);
    if (isDirect(scope, query)) return this.#listBetween(scope, query, 0, end);

    const found: RunRecord[] = [];
    while (end > 0 && found.length < query.limit) {
      const from = await this.#windowBelow(end);
      const rest = { ...query, limit: query.limit - found.length };
      found.push(...(await this.#listBetween(scope, rest, from, end)));
      end = from;
      await setImmediate();
    }
    return found;
  }

  async get(scope: Scope, id: string): Promise<RunRecord | null> {
    const runs = this.#runs(scope);
    const seq = sequenceOf(id);
    if (seq === null) return null;
    return (await runs.where('seq', '=', seq).where('id', '=', id).executeTakeFirst()) ?? null;
  }

  #runs(scope: Scope): RunsQuery {
    const runs = this.#db
      .selectFrom('tool_runs')
      .select([
        'id',
        'plugin',
        'tool',
        'effect',
        'state',
        'args',
        'result',
        'error',
        'source',
        'client',
        'user_id as user',
        'actor',
        'queued_at as queuedAt',
        'started_at as startedAt',
        'ended_at as endedAt',
      ]);
    return scope.group === null ? runs : runs.where('group_id', '=', scope.group);
  }

  #listBetween(scope: Scope, query: RunQuery, from: number, end: number): Promise<RunRecord[]> {
    let runs = this.#runs(scope)
      .where('seq', '>=', from)
      .where('seq', '<', end)
      .orderBy('seq', 'desc')
      .limit(query.limit);
    if (query.plugin !== undefined) runs = runs.where('plugin', '=', query.plugin);
    if (query.tool !== undefined) runs = runs.where('tool', '=', query.tool);
    if (query.state !== undefined) runs = this.#inState(runs, query.state);
    return runs.execute();
  }

  #inState(runs: RunsQuery, state: RunState): RunsQuery {
    let those = runs.where('state', '=', state);
    if (state === 'SUCCEEDED') return those;
    if (isOpen(state)) return those.where('ended_at', 'is', null);
    // The words of the index on states, without which SQLite does not see that it may use it.
    for (const other of ['RUNNING', 'SUCCEEDED', 'QUEUED'] as const) {
      those = those.where('state', '<>', sql.lit(other));
    }
    return those;
  }

  /** Where the window of the newest rows below `end` starts. */
  async #windowBelow(end: number): Promise<number> {
    const lowest = this.#db
      .selectFrom('tool_runs')
      .select('seq')
      .where('seq', '<', end)
      .orderBy('seq', 'desc')
      .limit(1)
      .offset(WINDOW_ROWS - 1);
    return (await lowest.executeTakeFirst())?.seq ?? 0;
  }
}

/** Above the runs asked for; the run with the id `before` may be purged by now. */
function endOf(before: string | undefined): number {
  if (before === undefined) return Number.MAX_SAFE_INTEGER;
  const end = sequenceBound(before);
  if (end === null)
    throw new NexusError('USAGE', { problem: `before is "${before}", not the id of a tool run` });
  return end;
}

/** Whether the runs asked for are found without passing many others. */
function isDirect(scope: Scope, { plugin, tool, state }: RunQuery): boolean {
  if (state !== undefined && isOpen(state)) return true;
  return scope.group === null && plugin === undefined && tool === undefined && state !== 'SUCCEEDED';
}

function isOpen(state: RunState): boolean {
  return state === 'QUEUED' || state === 'RUNNING';
}
