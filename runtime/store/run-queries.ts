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

/** The run ledger's reads. In a module of its own because Kysely takes 45 ms to import: the first read pays, not the boot. */
export class RunQueries {
  readonly #db: Kysely<TenantTables>;

  constructor(database: Database.Database) {
    this.#db = new Kysely<TenantTables>({ dialect: new SqliteDialect({ database }) });
  }

  async list(scope: Scope, query: RunQuery): Promise<readonly RunRecord[]> {
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MAX_LISTED_RUNS) {
      throw new NexusError('USAGE', { problem: `limit is ${query.limit}, not 1 to ${MAX_LISTED_RUNS}` });
    }
    let runs = this.#runs(scope).orderBy('seq', 'desc').limit(query.limit);
    if (query.plugin !== undefined) runs = runs.where('plugin', '=', query.plugin);
    if (query.tool !== undefined) runs = runs.where('tool', '=', query.tool);
    if (query.state !== undefined) runs = runs.where('state', '=', sql.lit(query.state));
    if (query.before !== undefined) {
      const before = await this.#seqBelow(query.before);
      runs = runs.where('seq', '<=', before);
    }
    return runs.execute();
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

  /** The newest run recorded before the one with this id; the id itself may be purged by now. */
  async #seqBelow(id: string): Promise<number> {
    const row = await this.#db
      .selectFrom('tool_runs')
      .select('seq')
      .where('id', '<', id)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }
}
