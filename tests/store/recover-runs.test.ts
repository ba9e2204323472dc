import t from 'tap';
import type { Effect } from '../../runtime/contract/manifest.ts';
import { recoverRuns } from '../../runtime/store/recover-runs.ts';
import { scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

await t.test('every open run becomes what its effect calls for, and says why', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger, recovered } = await openTestStore(test, dataDir);
  test.same(recovered, { failed: 0, unknown: 0, canceled: 0 });
  const ids: Record<string, string> = {};
  for (const effect of ['read', 'idempotent', 'reversible', 'irreversible'] satisfies Effect[]) {
    const [queued, running, done] = [someRun({ effect }), someRun({ effect }), someRun({ effect })];
    await Promise.all([ledger.queue(scope, queued), ledger.begin(scope, running), ledger.begin(scope, done)]);
    await ledger.finish(scope, done.id, { state: 'DENIED', error: 'no', result: null });
    Object.assign(ids, {
      [`${effect} queued`]: queued.id,
      [`${effect} running`]: running.id,
      [effect]: done.id,
    });
  }

  await ledger.list(scope, { limit: 1 });
  const db = openRaw(test, tenantFile(dataDir));
  test.same(recoverRuns(db, [], 9_999_999_999_999).recovered, { failed: 2, unknown: 2, canceled: 4 });
  test.same(recoverRuns(db, [], 9_999_999_999_999).recovered, { failed: 0, unknown: 0, canceled: 0 });
  const states: Record<string, unknown> = {};
  for (const [name, id] of Object.entries(ids)) {
    const run = await ledger.get(scope, id);
    states[name] = `${run?.state}: ${run?.error}`;
    if (name.includes(' ')) test.equal(run?.endedAt, 9_999_999_999_999);
  }
  const canceled = 'CANCELED: The kernel stopped before it started';
  const failed = 'FAILED: The kernel stopped while it was running; it may be repeated safely';
  const unknown =
    'UNKNOWN: The kernel stopped while it was running; whether its effect happened is not known';
  test.same(states, {
    'read queued': canceled,
    'read running': failed,
    read: 'DENIED: no',
    'idempotent queued': canceled,
    'idempotent running': failed,
    idempotent: 'DENIED: no',
    'reversible queued': canceled,
    'reversible running': unknown,
    reversible: 'DENIED: no',
    'irreversible queued': canceled,
    'irreversible running': unknown,
    irreversible: 'DENIED: no',
  });
});

await t.test('it goes straight to the open runs, however many there are', async (test) => {
  const dataDir = dataDirOf(test);
  await openTestStore(test, dataDir);
  const db = openRaw(test, tenantFile(dataDir));
  const plans: string[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = (sql: string) => {
    if (/^\s*(?:UPDATE|SELECT max)/.test(sql))
      plans.push(JSON.stringify(prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...valuesFor(sql))));
    return prepare(sql);
  };
  recoverRuns(db, [], 1);
  test.equal(plans.length, 4);
  for (const plan of plans.slice(0, 3)) test.match(plan, /SEARCH tool_runs USING INDEX tool_runs_open/);
  test.match(plans[3], /SEARCH tool_runs/, 'the highest seq');
});

function valuesFor(sql: string): readonly unknown[] {
  return sql.includes('?') ? ['FAILED', '', 1] : [];
}
