import { redactKnown } from '../base/known-secrets.ts';
import { runVerdictSchema, type RunVerdict, type VerdictStore } from '../contract/reconcile.ts';
import type { Scope } from '../contract/scope.ts';
import { putSignal, type WorkStoreDeps } from './signals.ts';

/** The verdicts of one tenant's SQLite database. */
export class SqliteVerdictStore implements VerdictStore {
  readonly #deps: WorkStoreDeps;

  constructor(deps: WorkStoreDeps) {
    this.#deps = deps;
  }

  async get(_scope: Scope, run: string): Promise<RunVerdict | null> {
    const row = this.#deps.db
      .prepare<[string], Omit<RunVerdict, 'happened'> & { readonly happened: number }>(
        'SELECT run_id AS run, happened, note, user_id AS user, actor, at FROM run_verdicts WHERE run_id = ?',
      )
      .get(run);
    return row === undefined ? null : runVerdictSchema.parse({ ...row, happened: row.happened === 1 });
  }

  async settle(
    scope: Scope,
    run: string,
    { happened, note: said }: { readonly happened: boolean; readonly note: string },
  ): Promise<RunVerdict> {
    const { db, writer, clock } = this.#deps;
    const { user, actor } = scope;
    const at = clock.now();
    const note = redactKnown(said);
    await writer.write(
      db.transaction(() => {
        const { changes } = db
          .prepare('INSERT INTO run_verdicts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
          .run(run, happened ? 1 : 0, note, user, actor, at);
        if (changes === 0) return;
        db.prepare(
          `UPDATE directives SET state = ?, reason = ?, ended_at = ? WHERE run_id = ? AND state = 'unknown'`,
        ).run(happened ? 'succeeded' : 'failed', note, at, run);
        putSignal(this.#deps, scope, {
          name: 'run.reconciled',
          subject: run,
          data: { happened, note },
          dedupeKey: `run:${run}:reconciled`,
        });
      }),
    );
    return (await this.get(scope, run)) ?? { run, happened, note, user, actor, at };
  }
}
