import { setImmediate } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { Kysely, type SelectQueryBuilder, sql, SqliteDialect } from 'kysely';
import { NexusError } from '../base/errors.ts';
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
    let newest = await this.#newestSeq(query.before);
    if (isIndexed(scope, query)) return this.#listBetween(scope, query, 0, newest);

    const found: RunRecord[] = [];
    for (; newest > 0 && found.length < query.limit; newest -= WINDOW_ROWS) {
      const rest = { ...query, limit: query.limit - found.length };
      found.push(...(await this.#listBetween(scope, rest, newest - WINDOW_ROWS, newest)));
      await setImmediate();
    }
    return found;
  }

  async get(scope: Scope, id: string): Promise<RunRecord | null> {
    return (await this.#runs(scope).where('id', '=', id).executeTakeFirst()) ?? null;
  }

  #runs(scope: Scope): SelectQueryBuilder<TenantTables, 'tool_runs', RunRecord> {
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

  #listBetween(scope: Scope, query: RunQuery, above: number, newest: number): Promise<RunRecord[]> {
    let runs = this.#runs(scope)
      .where('seq', '>', above)
      .where('seq', '<=', newest)
      .orderBy('seq', 'desc')
      .limit(query.limit);
    if (query.plugin !== undefined) runs = runs.where('plugin', '=', query.plugin);
    if (query.tool !== undefined) runs = runs.where('tool', '=', query.tool);
    if (query.state !== undefined) runs = runs.where('state', '=', query.state);
    // The words of the index on states, without which SQLite does not see that it may use it.
    if (query.state !== undefined && query.state !== 'SUCCEEDED') {
      runs = runs.where('state', '<>', sql.lit('SUCCEEDED'));
    }
    return runs.execute();
  }

  /** The newest run, or the newest recorded before the one with this id, which may be purged by now. */
  async #newestSeq(before: string | undefined): Promise<number> {
    const newest = this.#db.selectFrom('tool_runs').select('seq').limit(1);
    const row =
      before === undefined
        ? await newest.orderBy('seq', 'desc').executeTakeFirst()
        : await newest.where('id', '<', before).orderBy('id', 'desc').executeTakeFirst();
    return row?.seq ?? 0;
  }
}

/** Whether one index leads straight to the runs asked for. */
function isIndexed(scope: Scope, query: RunQuery): boolean {
  const { plugin, state, tool } = query;
  return scope.group === null && plugin === undefined && tool === undefined && state !== 'SUCCEEDED';
}
