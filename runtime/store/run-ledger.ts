import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import { lowestSequenceAt, sequenceOf } from '../base/ids.ts';
import { redactText } from '../base/redact.ts';
import type { RunLedger, RunOutcome, RunQuery, RunRecord, RunStart, RunState } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';
import type { OpenRuns } from './open-runs.ts';
import type { RunQueries } from './run-queries.ts';
import { saysDamaged, storeFailure } from './sqlite-error.ts';
import { storedJson } from './stored-json.ts';

/** Of one run's arguments, and of its result, at most this much is kept. */
const MAX_STORED_BYTES = 65_536;
const MAX_ERROR_CHARS = 4_096;
const MAX_CLIENT_CHARS = 256;
const MAX_PURGE_CHUNK = 10_000;

type InsertRun = [
  seq: number,
  id: string,
  state: RunState,
  effect: string,
  plugin: string,
  tool: string,
  group: string | null,
  user: string,
  actor: string,
  source: string,
  client: string | null,
  queuedAt: number,
  startedAt: number | null,
  args: string | null,
];
type StartRun = [startedAt: number, seq: number];
type FinishRun = [state: RunState, endedAt: number, error: string | null, result: string | null, seq: number];

const MINE = '(? IS NULL OR group_id = ?)';

/** The ledger with what only its owner may do. */
export interface StoredRunLedger extends RunLedger {
  /**
   * Deletes final runs queued more than `olderThanMs` ago, `chunk` (1 to 10,000) in one transaction, letting other
   * work in between. Returns how many went. An aborted purge stays done so far and throws the signal's reason.
   */
  purge(scope: Scope, olderThanMs: number, chunk: number, signal?: AbortSignal): Promise<number>;
}

/** The run ledger of one tenant's SQLite database. */
export class SqliteRunLedger implements StoredRunLedger {
  readonly #db: Database.Database;
  readonly #tenant: string;
  readonly #writer: GroupWriter;
  readonly #open: OpenRuns;
  readonly #clock: Clock;
  readonly #insert: Database.Statement<InsertRun>;
  readonly #start: Database.Statement<StartRun>;
  readonly #finish: Database.Statement<FinishRun>;
  readonly #state: Database.Statement<[number | null, string], { state: RunState }>;
  readonly #purge: (lowestKept: number, group: string | null, chunk: number) => number;
  readonly #queries: () => Promise<RunQueries>;

  constructor(
    db: Database.Database,
    writer: GroupWriter,
    open: OpenRuns,
    clock: Clock,
    tenant: string,
    queries: () => Promise<RunQueries>,
  ) {
    this.#db = db;
    this.#tenant = tenant;
    this.#writer = writer;
    this.#open = open;
    this.#clock = clock;
    this.#queries = queries;
    this.#insert = db.prepare(
      `INSERT INTO tool_runs (seq, id, state, effect, plugin, tool, group_id, user_id, actor, source, client,
        queued_at, started_at, args) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#start = db.prepare(
      `UPDATE tool_runs SET state = 'RUNNING', started_at = ? WHERE seq = ? AND state = 'QUEUED'`,
    );
    this.#finish = db.prepare(
      `UPDATE tool_runs SET state = ?, ended_at = ?, error = ?, result = ?
        WHERE seq = ? AND state IN ('QUEUED','RUNNING')`,
    );
    this.#state = db.prepare('SELECT state FROM tool_runs WHERE seq = ? AND id = ?');
    this.#purge = preparePurge(db);
  }

  queue(scope: Scope, run: RunStart): Promise<void> {
    return this.#record(scope, run, 'QUEUED');
  }

  begin(scope: Scope, run: RunStart): Promise<void> {
    return this.#record(scope, run, 'RUNNING');
  }

  async start(scope: Scope, id: string): Promise<void> {
    this.#checkTenant(scope);
    const startedAt = this.#clock.now();
    await this.#writer.write(
      () => {
        const run = this.#open.find(id, scope.group);
        if (run === undefined || this.#start.run(startedAt, run.seq).changes !== 1)
          this.#refuse(id, 'RUNNING');
      },
      0,
      true,
    );
  }

  async finish(scope: Scope, id: string, outcome: RunOutcome): Promise<void> {
    this.#checkTenant(scope);
    const endedAt = this.#clock.now();
    const error = outcome.error === null ? null : redactText(outcome.error.slice(0, MAX_ERROR_CHARS));
    const result = storedJson(outcome.result, MAX_STORED_BYTES);
    await this.#writer.write(
      () => {
        const run = this.#open.find(id, scope.group);
        if (run === undefined) this.#refuse(id, outcome.state);
        this.#open.moveMarkIfDue();
        const { changes } = this.#finish.run(outcome.state, endedAt, error, result, run.seq);
        if (changes !== 1) this.#refuse(id, outcome.state);
      },
      result?.length,
      true,
    );
    this.#open.remove(id);
  }

  async list(scope: Scope, query: RunQuery): Promise<readonly RunRecord[]> {
    this.#checkTenant(scope);
    return this.#read((queries) => queries.list(scope, query));
  }

  async get(scope: Scope, id: string): Promise<RunRecord | null> {
    this.#checkTenant(scope);
    return this.#read((queries) => queries.get(scope, id));
  }

  async purge(scope: Scope, olderThanMs: number, chunk: number, signal?: AbortSignal): Promise<number> {
    this.#checkTenant(scope);
    if (!Number.isInteger(chunk) || chunk < 1 || chunk > MAX_PURGE_CHUNK) {
      throw new NexusError('USAGE', { problem: `chunk is ${chunk}, not 1 to ${MAX_PURGE_CHUNK}` });
    }
    const lowestKept = lowestSequenceAt(this.#clock.now() - olderThanMs);
    let purged = 0;
    for (;;) {
      signal?.throwIfAborted();
      let gone = 0;
      await this.#writer.write(() => {
        gone = this.#purge(lowestKept, scope.group, chunk);
      });
      purged += gone;
      if (gone < chunk) return purged;
    }
  }

  async #read<T>(ask: (queries: RunQueries) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.#queries());
    } catch (error) {
      throw saysDamaged(error) ? storeFailure(this.#db.name, error) : error;
    }
  }

  async #record(scope: Scope, run: RunStart, state: 'QUEUED' | 'RUNNING'): Promise<void> {
    this.#checkTenant(scope);
    const seq = sequenceOf(run.id);
    if (seq === null) throw new NexusError('USAGE', { problem: `"${run.id}" is not the id of a tool run` });
    const now = this.#clock.now();
    const args = storedJson(run.args, MAX_STORED_BYTES);
    const insert = (): void => {
      this.#insert.run(
        seq,
        run.id,
        state,
        run.effect,
        run.plugin,
        run.tool,
        scope.group,
        scope.user,
        scope.actor,
        run.source,
        run.client?.slice(0, MAX_CLIENT_CHARS) ?? null,
        now,
        state === 'RUNNING' ? now : null,
        args,
      );
    };
    let isEntered = false;
    try {
      await this.#writer.write(
        () => {
          if (this.#open.has(run.id)) this.#refuse(run.id, state);
          this.#open.enter(run.id, { seq, group: scope.group }, insert);
          isEntered = true;
        },
        args?.length,
        true,
      );
    } catch (error) {
      if (isEntered) this.#open.remove(run.id);
      throw error;
    }
  }

  #refuse(id: string, wanted: RunState): never {
    const state = this.#state.get(sequenceOf(id), id)?.state ?? 'not recorded';
    throw new NexusError('RUN_STATE', { id, state, wanted });
  }

  #checkTenant(scope: Scope): void {
    if (scope.tenant !== this.#tenant) throw new NexusError('TENANT_UNKNOWN', { tenant: scope.tenant });
  }
}

function preparePurge(
  db: Database.Database,
): (lowestKept: number, group: string | null, chunk: number) => number {
  const permit = db.prepare(`INSERT INTO purge_permit VALUES ('age')`);
  const revoke = db.prepare('DELETE FROM purge_permit');
  const purge = db.prepare<[number, string | null, string | null, number]>(
    `DELETE FROM tool_runs WHERE seq IN (
      SELECT seq FROM tool_runs WHERE seq < ? AND ended_at IS NOT NULL AND ${MINE} ORDER BY seq LIMIT ?)`,
  );
  return (lowestKept, group, chunk) => {
    permit.run();
    try {
      return purge.run(lowestKept, group, group, chunk).changes;
    } finally {
      revoke.run();
    }
  };
}
