import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { openDatabase } from '../../runtime/store/database.ts';
import { toolRuns } from '../../runtime/store/migrations/0001-tool-runs.ts';
import { openStore } from '../../runtime/store/open.ts';
import { scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, journalFile, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

await t.test('a new data directory', async (test) => {
  const dataDir = dataDirOf(test);
  const store = await openTestStore(test, dataDir);
  test.same(store.damages, []);
  test.equal(statSync(dataDir).mode & 0o777, 0o700);
  await store.ledger.begin(scope, someRun());
  for (const file of [join(dataDir, 'kernel.db'), tenantFile(dataDir)]) {
    for (const suffix of ['', '-wal', '-shm'])
      test.equal(statSync(file + suffix).mode & 0o777, 0o600, file + suffix);
  }
  test.same(await store.check(), []);
});

await t.test('closing commits what waits, frees the directory, and may be repeated', async (test) => {
  const dataDir = dataDirOf(test);
  const store = await openStore({ dataDir, clock: systemClock });
  const run = someRun();
  const begun = store.ledger.begin(scope, run);
  await test.rejects(openStore({ dataDir, clock: systemClock }), { code: 'KERNEL_RUNNING' });
  await store.close();
  await begun;
  await store.close();
  await test.rejects(store.ledger.begin(scope, someRun()), { code: 'STORE_CLOSED' });
  test.same(readdirSync(join(dataDir, 'tenants', 'default')), ['nexus.db'], 'the log was merged');

  await using again = await openStore({ dataDir, clock: systemClock });
  test.same(again.recovered, { failed: 0, unknown: 1, canceled: 0 });
  test.match(await again.ledger.get(scope, run.id), { state: 'UNKNOWN' });
});

await t.test('reading after closing is refused', async (test) => {
  const store = await openTestStore(test);
  await store.ledger.list(scope, { limit: 1 });
  await store.close();
  await test.rejects(store.ledger.list(scope, { limit: 1 }), { code: 'STORE_CLOSED' });
  await test.rejects(store.ledger.get(scope, 'x'), { code: 'STORE_CLOSED' });
});

await t.test('a damaged ledger does not keep the kernel from starting', async (test) => {
  const dataDir = dataDirOf(test);
  await (await openTestStore(test, dataDir)).close();
  writeFileSync(tenantFile(dataDir), 'no database '.repeat(500));
  const store = await openTestStore(test, dataDir);
  test.match(store.damages, [{ code: 'STORE_CORRUPT', data: { file: tenantFile(dataDir) } }]);
  await store.ledger.begin(scope, someRun());
});

await t.test('a database that is refused leaves the directory free', async (test) => {
  const dataDir = dataDirOf(test);
  await (await openTestStore(test, dataDir)).close();
  const raw = openRaw(test, tenantFile(dataDir));
  raw.exec(`INSERT INTO schema_migrations VALUES (1000, 'from the future', 'x', 1)`);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await test.rejects(openStore({ dataDir, clock: systemClock }), {
      code: 'STORE_REFUSED',
      message: /newer Nexus/,
    });
  }
  test.notOk(existsSync(join(dataDir, 'kernel.pid')));
});

await t.test(
  'a ledger of the first release is brought along, its open runs and a backup too',
  async (test) => {
    const dataDir = dataDirOf(test);
    const file = tenantFile(dataDir);
    const backupDir = join(dataDir, 'backups');
    const released = {
      file,
      backupDir,
      migrations: [toolRuns],
      clock: systemClock,
      synchronous: 'NORMAL',
    } as const;
    const { db } = openDatabase(released);
    const insert = db.prepare(
      `INSERT INTO tool_runs VALUES (?, ?, ?, 'irreversible', 'p', 't', NULL, 'u', 'a', 'http', NULL, 1, 1, ?, NULL, NULL, NULL)`,
    );
    insert.run(1, 'open', 'RUNNING', null);
    insert.run(2, 'done', 'SUCCEEDED', 2);
    db.exec(`INSERT INTO ledger_mark VALUES (1, 1, '[1]')`);
    db.close();
    writeFileSync(journalFile(dataDir), 'kept', { mode: 0o600 });

    const store = await openTestStore(test, dataDir);
    test.same(store.recovered, { failed: 0, unknown: 1, canceled: 0 });
    test.same(
      (await store.ledger.list(scope, { limit: 9 })).map(({ id, state }) => `${id} ${state}`),
      ['done SUCCEEDED', 'open UNKNOWN'],
    );
    const [backup = '', journal = ''] = readdirSync(backupDir).sort();
    test.match(backup, /^nexus-2.*\.db$/);
    test.equal(journal, backup.replace('.db', '.journal'));
    test.equal(readFileSync(join(backupDir, journal), 'utf8'), 'kept');
    test.equal(statSync(join(backupDir, journal)).mode & 0o777, 0o600);
  },
);

await t.test('damage in a file too large to be read at boot', async (test) => {
  const makeDamaged = async (isFinished: boolean): Promise<string> => {
    const dataDir = join(test.testdirName, `data-${isFinished}`);
    const store = await openTestStore(test, dataDir);
    const { ledger } = store;
    const runs = Array.from({ length: 600 }, () => someRun({ args: { text: 'x'.repeat(10_000) } }));
    await Promise.all(runs.map((run) => ledger.begin(scope, run)));
    const outcome = { state: 'SUCCEEDED', error: null, result: null } as const;
    if (isFinished) await Promise.all(runs.map(({ id }) => ledger.finish(scope, id, outcome)));
    await store.close();
    const content = readFileSync(tenantFile(dataDir));
    test.ok(content.length > 4 * 1_048_576);
    const middle = Math.floor(content.length / 8_192) * 4_096;
    content.fill(0xa5, middle, middle + 409_600);
    writeFileSync(tenantFile(dataDir), content);
    return dataDir;
  };
  test.testdir({});

  await test.test('recovery meets it: set aside', async (inner) => {
    const dataDir = await makeDamaged(false);
    const store = await openTestStore(inner, dataDir);
    inner.match(store.damages, [{ code: 'STORE_CORRUPT' }]);
    inner.same(await store.ledger.list(scope, { limit: 9 }), []);
    inner.same(store.recovered, { failed: 0, unknown: 0, canceled: 0 });
  });

  await test.test('a read or the full check meets it: reported, and the rest still works', async (inner) => {
    const dataDir = await makeDamaged(true);
    const store = await openTestStore(inner, dataDir);
    inner.same(store.damages, []);
    const corrupt = { code: 'STORE_CORRUPT', data: { file: tenantFile(dataDir) } };
    await inner.rejects(store.ledger.list(scope, { limit: 1_000 }), corrupt);
    inner.match(await store.check(), [corrupt]);
    const run = someRun();
    await store.ledger.begin(scope, run);
    inner.match(await store.ledger.get(scope, run.id), { id: run.id });
  });
});
