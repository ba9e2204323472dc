import { setImmediate } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import { lowestSequenceAt, sequenceOf } from '../base/ids.ts';
import { redactedHead } from '../base/redact.ts';
import type { RunLedger, RunOutcome, RunQuery, RunRecord, RunStart, RunState } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { RunRow } from './journal-lines.ts';
import type { JournaledRuns } from './journaled-runs.ts';
import type { RunQueries } from './run-queries.ts';
import { saysDamaged, storeFailure } from './sqlite-error.ts';
import { storedJson } from './stored-json.ts';

/** Of one run's arguments, and of its result, at most this much is kept. */
const MAX_STORED_BYTES = 65_536;
const MAX_ERROR_CHARS = 4_096;
const MAX_CLIENT_CHARS = 256;
const MAX_PURGE_CHUNK = 10_000;

const MINE = '(? IS NULL OR group_id = ?)';

/** The ledger with what only its owner may do. */
export interface StoredRunLedger extends RunLedger {
  /**
   * Deletes final runs queued more than `olderThanMs` ago, `chunk` (1 to 10,000) in one transaction, letting other
   * work in between. Returns how many went. An aborted purge stays done so far and throws the signal's reason.
   */
  purge(scope: Scope, olderThanMs: number, chunk: number, signal?: AbortSignal): Promise<number>;
}

/** The run ledger of one tenant: a journal in front of a SQLite database. */
export class SqliteRunLedger implements StoredRunLedger {
  readonly #db: Database.Database;
  readonly #tenant: string;
  readonly #runs: JournaledRuns;
  readonly #clock: Clock;
  readonly #purge: (lowestKept: number, group: string | null, chunk: number) => number;
  readonly #queries: () => Promise<RunQueries>;

  constructor(
    db: Database.Database,
    runs: JournaledRuns,
    clock: Clock,
    tenant: string,
    queries: () => Promise<RunQueries>,
  ) {
    this.#db = db;
    this.#tenant = tenant;
    this.#runs = runs;
    this.#clock = clock;
    this.#queries = queries;
    this.#purge = preparePurge(db);
  }

  queue(scope: Scope, run: RunStart): Promise<void> {
    return this.#record(scope, run, 'QUEUED');
  }

  begin(scope: Scope, run: RunStart): Promise<void> {
    return this.#record(scope, run, 'RUNNING');
  }

  async start(scope: Scope, id: string): Promise<void> {
    const run = this.#findOpen(scope, id);
    if (run?.state !== 'QUEUED') this.#refuse(id, 'RUNNING');
    const { seq, endedAt, error, result } = run;
    const startedAt = this.#clock.now();
    await this.#runs.change(run, { seq, id, state: 'RUNNING', startedAt, endedAt, error, result });
  }

  async finish(scope: Scope, id: string, outcome: RunOutcome): Promise<void> {
    const run = this.#findOpen(scope, id);
    if (run === undefined) this.#refuse(id, outcome.state);
    const { seq, startedAt } = run;
    const endedAt = this.#clock.now();
    const error = outcome.error === null ? null : redactedHead(outcome.error, MAX_ERROR_CHARS);
    const result = storedJson(outcome.result, MAX_STORED_BYTES);
    await this.#runs.change(run, { seq, id, state: outcome.state, startedAt, endedAt, error, result });
  }

  async list(scope: Scope, query: RunQuery): Promise<readonly RunRecord[]> {
    return this.#read(scope, (queries) => queries.list(scope, query));
  }

  async get(scope: Scope, id: string): Promise<RunRecord | null> {
    return this.#read(scope, (queries) => queries.get(scope, id));
  }

  async purge(scope: Scope, olderThanMs: number, chunk: number, signal?: AbortSignal): Promise<number> {
    this.#checkTenant(scope);
    if (!Number.isInteger(chunk) || chunk < 1 || chunk > MAX_PURGE_CHUNK) {
      throw new NexusError('USAGE', { problem: `chunk is ${chunk}, not 1 to ${MAX_PURGE_CHUNK}` });
    }
    const lowestKept = lowestSequenceAt(this.#clock.now() - olderThanMs);
    for (let purged = 0; ;) {
      signal?.throwIfAborted();
      this.#runs.settle();
      const gone = this.#purge(lowestKept, scope.group, chunk);
      purged += gone;
      if (gone < chunk) return purged;
      await setImmediate();
    }
  }

  async #read<T>(scope: Scope, ask: (queries: RunQueries) => Promise<T>): Promise<T> {
    this.#checkTenant(scope);
    const queries = await this.#queries();
    this.#runs.flush();
    try {
      return await ask(queries);
    } catch (error) {
      throw saysDamaged(error) ? storeFailure(this.#db.name, error) : error;
    }
  }

  async #record(scope: Scope, run: RunStart, state: 'QUEUED' | 'RUNNING'): Promise<void> {
    this.#checkTenant(scope);
    const { id, plugin, tool, effect, source } = run;
    const seq = sequenceOf(id);
    if (seq === null) throw new NexusError('USAGE', { problem: `"${id}" is not the id of a tool run` });
    const there = this.#runs.find(seq);
    if (there?.id === id) this.#refuse(id, state);
    if (there !== undefined)
      throw new NexusError('USAGE', { problem: `another tool run has the place of "${id}"` });
    const now = this.#clock.now();
    await this.#runs.add({
      seq,
      id,
      state,
      effect,
      plugin,
      tool,
      group: scope.group,
      user: scope.user,
      actor: scope.actor,
      source,
      client: run.client?.slice(0, MAX_CLIENT_CHARS) ?? null,
      queuedAt: now,
      startedAt: state === 'RUNNING' ? now : null,
      endedAt: null,
      error: null,
      args: storedJson(run.args, MAX_STORED_BYTES),
      result: null,
    });
  }

  /** The run, if it is open and the scope may see it. */
  #findOpen(scope: Scope, id: string): RunRow | undefined {
    this.#checkTenant(scope);
    const run = this.#runs.findOpen(id);
    return scope.group === null || run?.group === scope.group ? run : undefined;
  }

  #refuse(id: string, wanted: RunState): never {
    const seq = sequenceOf(id);
    const run = seq === null ? undefined : this.#runs.find(seq);
    const state = run?.id === id ? run.state : 'not recorded';
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
  const purgeChunk = db.transaction((lowestKept: number, group: string | null, chunk: number) => {
    permit.run();
    const { changes } = purge.run(lowestKept, group, group, chunk);
    revoke.run();
    return changes;
  });
  return (lowestKept, group, chunk) => {
    try {
      return purgeChunk.immediate(lowestKept, group, chunk);
    } catch (error) {
      throw storeFailure(db.name, error);
    }
  };
}
