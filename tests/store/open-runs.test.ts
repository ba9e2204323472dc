import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import t from 'tap';
import { createIds } from '../../runtime/base/ids.ts';
import { openSeqs } from '../../runtime/store/open-runs.ts';
import { scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

const done = { state: 'SUCCEEDED', error: null, result: null } as const;

function trulyOpen(db: Database.Database): unknown {
  return db
    .prepare(
      `SELECT json_group_array(seq) FROM (SELECT seq FROM tool_runs WHERE ended_at IS NULL ORDER BY seq)`,
    )
    .pluck()
    .get();
}

function markOf(db: Database.Database): number {
  return db.prepare<[], number>('SELECT seq FROM ledger_mark').pluck().get() ?? 0;
}

/** Pseudo-random numbers below 1, the same at each test run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

await t.test(
  'after every commit the mark leads to every open run, in whatever order they came',
  async (test) => {
    const dataDir = dataDirOf(test);
    const { ledger } = await openTestStore(test, dataDir);
    const db = openRaw(test, tenantFile(dataDir));
    const random = randomOf(7);
    // Ids of some hours, recorded in any order, from a clock that the kernel's has nothing to do with.
    const clock = { now: () => 1_000_000_000 + Math.floor(random() * 10_000_000) };
    const open: string[] = [];
    const wrong: number[] = [];
    const marks = new Set<number>();
    let begun = 0;
    for (let turn = 0; turn < 1_500; turn += 1) {
      const writes: Promise<void>[] = [];
      for (let count = Math.floor(random() * 5); count > 0; count -= 1) {
        const { id } = someRun({ id: createIds(clock)() });
        open.push(id);
        begun += 1;
        writes.push(
          random() < 0.5 ? ledger.begin(scope, someRun({ id })) : ledger.queue(scope, someRun({ id })),
        );
      }
      while (open.length > 20) {
        const [id] = open.splice(Math.floor(random() * open.length), 1);
        writes.push(ledger.finish(scope, id ?? '', done));
      }
      await Promise.all(writes);
      marks.add(markOf(db));
      if (openSeqs(db) !== trulyOpen(db)) wrong.push(turn);
    }
    test.same(wrong, []);
    test.ok(begun > 2_000 && marks.size > 2, `${begun} runs, ${marks.size} marks`);
  },
);

await t.test('a run open for long does not hold the mark back, and a crash finds it', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const db = openRaw(test, tenantFile(dataDir));
  const old = someRun();
  await ledger.queue(scope, old);
  for (let batch = 0; batch < 40; batch += 1) {
    const runs = Array.from({ length: 100 }, () => someRun());
    await Promise.all(runs.map((run) => ledger.begin(scope, run)));
    await Promise.all(runs.map(({ id }) => ledger.finish(scope, id, done)));
  }
  const toRead = db.prepare('SELECT count(*) FROM tool_runs WHERE seq >= ?').pluck().get(markOf(db));
  test.ok(Number(toRead) <= 1_200, `${String(toRead)} of 4,001 runs are read at boot`);

  // What a kill -9 leaves: the files as they are, without a farewell.
  const crashed = join(dirname(dataDir), 'crashed');
  mkdirSync(dirname(tenantFile(crashed)), { recursive: true });
  for (const suffix of ['', '-wal']) copyFileSync(tenantFile(dataDir) + suffix, tenantFile(crashed) + suffix);
  const next = await openTestStore(test, crashed);
  test.same(next.recovered, { failed: 0, unknown: 0, canceled: 1 });
  test.match(await next.ledger.get(scope, old.id), { state: 'CANCELED' });
});

await t.test('a run that could not be written is not open, and another keeps its place', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const db = openRaw(test, tenantFile(dataDir));
  const [first, second] = [someRun(), someRun()];
  // The same millisecond and counter, another random tail: what a clock that went back could make.
  const twin = someRun({ id: `${first.id.slice(0, 24)}${second.id.slice(24)}` });
  const settled = await Promise.allSettled([
    ledger.begin(scope, first),
    ledger.begin(scope, twin),
    ledger.finish(scope, twin.id, done),
    ledger.begin(scope, second),
  ]);
  test.match(settled, [
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'STORE_WRITE_FAILED', message: /UNIQUE constraint/ } },
    { status: 'rejected', reason: { code: 'RUN_STATE', data: { id: twin.id, state: 'not recorded' } } },
    { status: 'fulfilled' },
  ]);
  test.equal(await ledger.get(scope, twin.id), null);
  test.match(await ledger.get(scope, first.id), { state: 'RUNNING' });

  db.exec('BEGIN IMMEDIATE');
  const [lost, alsoLost] = [someRun(), someRun()];
  for (const result of await Promise.allSettled([ledger.begin(scope, lost), ledger.begin(scope, alsoLost)]))
    test.equal(result.status, 'rejected');
  await test.rejects(ledger.finish(scope, first.id, done), { code: 'STORE_WRITE_FAILED' });
  db.exec('ROLLBACK');
  await test.rejects(ledger.finish(scope, lost.id, done), { code: 'RUN_STATE' });
  await ledger.begin(scope, lost);
  await Promise.all([first, second, lost].map(({ id }) => ledger.finish(scope, id, done)));
  test.equal(trulyOpen(db), '[]');
});

await t.test('a clean stop leaves nothing to read, and new ids are above all runs', async (test) => {
  const dataDir = dataDirOf(test);
  const store = await openTestStore(test, dataDir);
  const future = createIds({ now: () => Date.now() + 3_600_000 });
  const run = someRun({ id: future() });
  await store.ledger.begin(scope, run);
  await store.ledger.finish(scope, run.id, done);
  await store.close();
  test.notOk(existsSync(`${tenantFile(dataDir)}-wal`));
  const db = openRaw(test, tenantFile(dataDir));
  test.equal(db.prepare('SELECT count(*) FROM tool_runs WHERE seq >= ?').pluck().get(markOf(db)), 0);

  const { ledger, aboveAllRuns } = await openTestStore(test, dataDir);
  const newId = createIds({ now: () => Date.now() }, aboveAllRuns);
  const next = someRun({ id: newId() });
  await ledger.begin(scope, next);
  test.same(
    (await ledger.list(scope, { limit: 9 })).map(({ id }) => id),
    [next.id, run.id],
  );
});
