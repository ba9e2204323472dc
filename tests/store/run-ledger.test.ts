import { readFileSync } from 'node:fs';
import t from 'tap';
import { createIds } from '../../runtime/base/ids.ts';
import type { RunQuery } from '../../runtime/contract/runs.ts';
import { runLedgerSuite, scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

await t.test('contract', (test) =>
  runLedgerSuite(test, async (inner) => (await openTestStore(inner)).ledger),
);

await t.test('writes of one turn share one transaction, in order', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const commitsBefore = countCommits(tenantFile(dataDir));
  const runs = Array.from({ length: 100 }, () => someRun());
  await Promise.all(
    runs.flatMap((run) => [
      ledger.queue(scope, run),
      ledger.start(scope, run.id),
      ledger.finish(scope, run.id, { state: 'SUCCEEDED', error: null, result: null }),
    ]),
  );
  test.equal(countCommits(tenantFile(dataDir)) - commitsBefore, 1);
  test.same(
    (await ledger.list(scope, { limit: 1_000 })).map(({ id, state }) => `${id} ${state}`).toReversed(),
    runs.map(({ id }) => `${id} SUCCEEDED`),
  );
});

await t.test('a promise settles when another connection can see its write', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const other = openRaw(test, tenantFile(dataDir));
  const count = (): unknown => other.prepare('SELECT count(*) FROM tool_runs').pluck().get();
  const run = someRun();
  const begun = ledger.begin(scope, run);
  test.equal(count(), 0);
  await begun;
  test.equal(count(), 1);
});

await t.test('the database itself keeps what happened', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const [done, open] = [someRun(), someRun()];
  await ledger.begin(scope, done);
  await ledger.begin(scope, open);
  await ledger.finish(scope, done.id, { state: 'FAILED', error: 'why', result: null });

  const other = openRaw(test, tenantFile(dataDir));
  const refused = (sql: string, why: RegExp): void => {
    test.throws(() => other.exec(sql), { message: why }, sql);
  };
  for (const change of [
    `state = 'SUCCEEDED'`,
    `state = 'RUNNING'`,
    `error = NULL`,
    `result = '1'`,
    'ended_at = 1',
  ]) {
    refused(`UPDATE tool_runs SET ${change} WHERE id = '${done.id}'`, /final tool run never changes/);
  }
  for (const change of [
    `plugin = 'x'`,
    `args = '{}'`,
    `effect = 'read'`,
    `actor = 'x'`,
    'queued_at = 1',
    `id = 'x'`,
  ]) {
    refused(`UPDATE tool_runs SET ${change} WHERE id = '${open.id}'`, /asked to do never changes/);
  }
  refused(`UPDATE tool_runs SET state = 'QUEUED' WHERE id = '${open.id}'`, /never changes/);
  refused(`UPDATE tool_runs SET state = 'DONE' WHERE id = '${open.id}'`, /CHECK constraint/);
  refused(`DELETE FROM tool_runs WHERE id = '${done.id}'`, /by a purge only/);
  refused('DELETE FROM tool_runs', /by a purge only/);
  test.equal((await ledger.list(scope, { limit: 9 })).length, 2);
});

await t.test('purge takes final runs older than an age, in chunks', async (test) => {
  const dataDir = dataDirOf(test);
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs };
  const newId = createIds(clock);
  const { ledger } = await openTestStore(test, dataDir, clock);
  const record = async (atMs: number, group: string | null, isDone = true): Promise<string> => {
    clock.nowMs = atMs;
    const run = someRun({ id: newId() });
    const mine = { ...scope, group };
    await ledger.begin(mine, run);
    if (isDone) await ledger.finish(mine, run.id, { state: 'SUCCEEDED', error: null, result: null });
    return run.id;
  };
  for (let count = 0; count < 25; count += 1) await record(1_000_000 + count, null);
  const red = await record(1_000_100, 'red');
  const open = await record(1_000_101, null, false);
  const young = await record(2_000_000, null);
  clock.nowMs = 2_500_000;

  test.equal(await ledger.purge({ ...scope, group: 'blue' }, 500_000, 10), 0);
  test.equal(await ledger.purge(scope, 1_600_000, 10), 0, 'nothing is that old');
  test.equal(await ledger.purge({ ...scope, group: 'red' }, 500_000, 10), 1);
  const commitsBefore = countCommits(tenantFile(dataDir));
  test.equal(await ledger.purge(scope, 500_000, 10), 25);
  test.equal(countCommits(tenantFile(dataDir)) - commitsBefore, 3, 'one transaction for each chunk');
  test.equal(await ledger.get(scope, red), null);
  test.same(
    (await ledger.list(scope, { limit: 9 })).map(({ id }) => id),
    [young, open],
  );
  const raw = openRaw(test, tenantFile(dataDir));
  test.equal(raw.prepare('SELECT count(*) FROM purge_permit').pluck().get(), 0);

  await test.rejects(ledger.purge(scope, 1, 10, AbortSignal.abort(new Error('enough'))), {
    message: 'enough',
  });
  for (const chunk of [0, 10_001, 2.5]) await test.rejects(ledger.purge(scope, 1, chunk), { code: 'USAGE' });
});

await t.test('a run that succeeds writes one page as it begins and one as it ends', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  await ledger.begin(scope, someRun());
  const before = countFrames(tenantFile(dataDir)).frames;
  const run = someRun();
  await ledger.begin(scope, run);
  await ledger.finish(scope, run.id, { state: 'SUCCEEDED', error: null, result: null });
  test.equal(countFrames(tenantFile(dataDir)).frames - before, 2);
});

await t.test('only ids of this kernel are recorded, any UUIDv7 tells a place in lists', async (test) => {
  const { ledger } = await openTestStore(test);
  const run = someRun();
  await ledger.begin(scope, run);
  for (const id of [
    '',
    'none',
    '0199e1a0-0000-4000-8000-000000000000',
    '0199e1a0-0000-7fff-8000-000000000000',
  ]) {
    await test.rejects(ledger.begin(scope, someRun({ id })), { code: 'USAGE' }, id);
    await test.rejects(ledger.finish(scope, id, { state: 'FAILED', error: 'x', result: null }), {
      code: 'RUN_STATE',
    });
    test.equal(await ledger.get(scope, id), null);
  }
  test.equal(
    await ledger.get(scope, `${run.id.slice(0, 24)}000000000000`),
    null,
    'the same place is not the same id',
  );
  await test.rejects(ledger.list(scope, { limit: 1, before: 'none' }), { code: 'USAGE' });
  test.equal(
    (await ledger.list(scope, { limit: 1, before: 'ffffffff-ffff-7fff-bfff-ffffffffffff' })).length,
    1,
  );
});

await t.test('lists that no index answers look through windows and let other work in', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const raw = openRaw(test, tenantFile(dataDir));
  const insert = raw.prepare(
    `INSERT INTO tool_runs VALUES (?, 'x' || cast(? AS INTEGER), ?, 'read', ?, 't', NULL, 'u', 'a', 'http', NULL, 1, 1, 2, NULL, NULL, NULL)`,
  );
  raw.transaction(() => {
    for (let seq = 1; seq <= 50_000; seq += 1)
      insert.run(seq * 700, seq, seq % 10_000 === 0 ? 'FAILED' : 'SUCCEEDED', `p${Number(seq <= 3)}`);
  })();
  const found = async (query: Partial<RunQuery>): Promise<{ ids: string[]; turns: number }> => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      if (!isDone) setImmediate(count);
      turns += 1;
    };
    setImmediate(count);
    const ids = (await ledger.list(scope, { limit: 3, ...query })).map(({ id }) => id);
    isDone = true;
    return { ids, turns };
  };
  const rare = await found({ plugin: 'p1' });
  test.same(rare.ids, ['x3', 'x2', 'x1']);
  test.ok(rare.turns >= 3, `${rare.turns} turns`);
  test.same((await found({ plugin: 'p0', state: 'FAILED' })).ids, ['x50000', 'x40000', 'x30000']);
  test.same((await found({ state: 'FAILED' })).ids, ['x50000', 'x40000', 'x30000']);
  test.same((await found({ plugin: 'absent' })).ids, []);
  test.same((await found({ state: 'RUNNING' })).ids, []);
});

function countCommits(file: string): number {
  return countFrames(file).commits;
}

/** Page writes in a write-ahead log, and transactions: frames whose header gives the database's size after a commit. */
function countFrames(file: string): { readonly frames: number; readonly commits: number } {
  const wal = readFileSync(`${file}-wal`);
  const frameBytes = 24 + wal.readUInt32BE(8);
  let frames = 0;
  let commits = 0;
  for (let at = 32; at + frameBytes <= wal.length; at += frameBytes) {
    frames += 1;
    if (wal.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return { frames, commits };
}
