import { readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { createIds } from '../../runtime/base/ids.ts';
import type { RunQuery } from '../../runtime/contract/runs.ts';
import { readJournal } from '../../runtime/store/journal-lines.ts';
import { openStore } from '../../runtime/store/open.ts';
import { runLedgerSuite, scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, journalFile, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

await t.test('contract', (test) =>
  runLedgerSuite(test, async (inner) => (await openTestStore(inner)).ledger),
);

await t.test('contract, with every record synced to the disk', (test) =>
  runLedgerSuite(test, async (inner) => {
    const store = await openStore({ dataDir: dataDirOf(inner), clock: systemClock, synchronous: 'FULL' });
    inner.teardown(() => store.close());
    return store.ledger;
  }),
);

await t.test(
  'runs that end between two batches are stored in one transaction, as they ended',
  async (test) => {
    const dataDir = dataDirOf(test);
    const { ledger } = await openTestStore(test, dataDir);
    await ledger.list(scope, { limit: 1 });
    const before = countFrames(tenantFile(dataDir));
    const runs = Array.from({ length: 100 }, () => someRun());
    await Promise.all(
      runs.flatMap((run) => [
        ledger.queue(scope, run),
        ledger.start(scope, run.id),
        ledger.finish(scope, run.id, { state: 'SUCCEEDED', error: null, result: null }),
      ]),
    );
    test.same(
      (await ledger.list(scope, { limit: 1_000 })).map(({ id, state }) => `${id} ${state}`).toReversed(),
      runs.map(({ id }) => `${id} SUCCEEDED`),
    );
    const after = countFrames(tenantFile(dataDir));
    test.equal(after.commits - before.commits, 1);
    // Eight for the runs, three for what the timeline has to take up.
    test.ok(after.frames - before.frames < 14, `${after.frames - before.frames} pages`);
  },
);

await t.test('a promise settles when the journal has its record', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const run = someRun();
  const begun = ledger.begin(scope, run);
  test.equal(statSync(journalFile(dataDir)).size, 0);
  await begun;
  test.match(readJournal(journalFile(dataDir)), {
    problem: null,
    entries: [{ id: run.id, state: 'RUNNING' }],
  });
  await ledger.finish(scope, run.id, { state: 'FAILED', error: 'why', result: null });
  test.match(readJournal(journalFile(dataDir)).entries[1], { id: run.id, state: 'FAILED', error: 'why' });
  test.equal(statSync(journalFile(dataDir)).mode & 0o777, 0o600);
});

await t.test('other programs see a run soon, open or not, without anybody reading here', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const other = openRaw(test, tenantFile(dataDir));
  const state = other.prepare('SELECT state FROM tool_runs').pluck();
  const untilIs = async (wanted: string): Promise<void> => {
    while (state.get() !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const run = someRun();
  await ledger.begin(scope, run);
  await untilIs('RUNNING');
  await ledger.finish(scope, run.id, { state: 'SUCCEEDED', error: null, result: null });
  await untilIs('SUCCEEDED');
  test.end();
});

await t.test('many runs, or large ones, do not wait for their time', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const other = openRaw(test, tenantFile(dataDir));
  const count = (): unknown => other.prepare('SELECT count(*) FROM tool_runs').pluck().get();
  const runs = Array.from({ length: 300 }, () => someRun());
  const done = { state: 'SUCCEEDED', error: null, result: null } as const;
  await Promise.all(runs.map((run) => ledger.begin(scope, run)));
  test.equal(count(), 0);
  await Promise.all(runs.map(({ id }) => ledger.finish(scope, id, done)));
  await new Promise((resolve) => setImmediate(resolve));
  test.equal(count(), 300);
  const large = { text: 'x'.repeat(50_000) };
  await Promise.all(Array.from({ length: 40 }, () => ledger.begin(scope, someRun({ args: large }))));
  await new Promise((resolve) => setImmediate(resolve));
  test.equal(count(), 340);
  test.equal(statSync(journalFile(dataDir)).size, 0, 'the journal is emptied');
});

await t.test('a secret reaches no file', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const run = someRun({ args: { token: 'hunter2' } });
  await ledger.begin(scope, run);
  const outcome = { state: 'FAILED', error: 'password=hunter2', result: { apiKey: 'hunter2' } } as const;
  await ledger.finish(scope, run.id, outcome);
  const journal = readFileSync(journalFile(dataDir), 'utf8');
  test.match(journal, /redacted/);
  test.notMatch(journal, /hunter2/);
});

await t.test('the place of a run is its own', async (test) => {
  const { ledger } = await openTestStore(test);
  const [first, second] = [someRun(), someRun()];
  // The same millisecond and counter, another random tail: what a clock that went back could make.
  const twin = someRun({ id: `${first.id.slice(0, 24)}${second.id.slice(24)}` });
  const done = { state: 'SUCCEEDED', error: null, result: null } as const;
  await ledger.begin(scope, second);
  await ledger.begin(scope, first);
  for (let look = 0; look < 2; look += 1) {
    await test.rejects(ledger.begin(scope, twin), {
      code: 'USAGE',
      message: /another tool run has the place/,
    });
    await test.rejects(ledger.finish(scope, twin.id, done), {
      code: 'RUN_STATE',
      data: { id: twin.id, state: 'not recorded' },
    });
    test.equal(await ledger.get(scope, twin.id), null);
    test.match(await ledger.get(scope, first.id), { state: 'RUNNING' });
  }
});

await t.test('new ids are above all runs on record', async (test) => {
  const dataDir = dataDirOf(test);
  const store = await openTestStore(test, dataDir);
  const future = createIds({ now: () => Date.now() + 3_600_000 });
  const run = someRun({ id: future() });
  await store.ledger.begin(scope, run);
  await store.close();
  const { ledger, aboveAllRuns } = await openTestStore(test, dataDir);
  const next = someRun({ id: createIds(systemClock, aboveAllRuns)() });
  await ledger.begin(scope, next);
  test.same(
    (await ledger.list(scope, { limit: 9 })).map(({ id }) => id),
    [next.id, run.id],
  );
});

await t.test('the database itself keeps what happened', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const [done, open] = [someRun(), someRun()];
  await ledger.begin(scope, done);
  await ledger.begin(scope, open);
  await ledger.finish(scope, done.id, { state: 'FAILED', error: 'why', result: null });
  await ledger.list(scope, { limit: 9 });

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
  const commitsBefore = countFrames(tenantFile(dataDir)).commits;
  test.equal(await ledger.purge(scope, 500_000, 10), 25);
  test.equal(countFrames(tenantFile(dataDir)).commits - commitsBefore, 3, 'one transaction for each chunk');
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
