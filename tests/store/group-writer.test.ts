import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { GroupWriter } from '../../runtime/store/group-writer.ts';

interface Stage {
  readonly db: Database.Database;
  readonly writer: GroupWriter;
  /** Writes a row of this many bytes. */
  readonly add: (id: number, bytes?: number) => Promise<void>;
  readonly count: () => unknown;
}

function openStage(test: Test): Stage {
  const db = new Database(join(test.testdir({}), 'test.db'), { timeout: 0 });
  test.teardown(() => db.close());
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE rows (id INTEGER PRIMARY KEY, data BLOB) STRICT');
  const insert = db.prepare('INSERT INTO rows VALUES (?, ?)');
  const writer = new GroupWriter(db);
  const count = db.prepare('SELECT count(*) FROM rows').pluck();
  return {
    db,
    writer,
    add: (id, bytes = 1) =>
      writer.write(() => {
        insert.run(id, Buffer.alloc(bytes));
      }, bytes),
    count: () => count.get(),
  };
}

await t.test('a write happens at the end of the turn, and its promise settles afterwards', async (test) => {
  const { add, count } = openStage(test);
  const both = [add(1), add(2)];
  test.equal(count(), 0);
  await both[0];
  test.equal(count(), 2);
  await both[1];
});

await t.test('what somebody waits for is committed at once, after what waits', async (test) => {
  const { db, writer, add, count } = openStage(test);
  const before = add(1);
  const now = writer.writeNow(() => void db.exec('INSERT INTO rows SELECT 10 + count(*), NULL FROM rows'));
  test.equal(count(), 2);
  await Promise.all([before, now]);
  test.equal(db.prepare('SELECT max(id) FROM rows').pluck().get(), 11, 'in their order');
});

await t.test(
  'what waits is bounded: too many writes, or too many bytes, are committed at once',
  async (test) => {
    const { add, count } = openStage(test);
    const writes: Promise<void>[] = [];
    for (let id = 0; id < 1_500; id += 1) writes.push(add(id));
    test.equal(count(), 1_024);
    writes.push(add(5_000, 8 * 1_048_576));
    test.equal(count(), 1_501);
    await Promise.all(writes);
  },
);

await t.test('a write that breaks a rule is the only one that fails', async (test) => {
  const { add, count } = openStage(test);
  const results = await Promise.allSettled([add(1), add(1), add(2)]);
  test.match(results, [
    { status: 'fulfilled' },
    {
      status: 'rejected',
      reason: { code: 'STORE_WRITE_FAILED', message: /UNIQUE constraint failed: rows.id/ },
    },
    { status: 'fulfilled' },
  ]);
  test.equal(count(), 2);
});

await t.test('without space every write of the group fails, and the next group works again', async (test) => {
  const { db, add, count } = openStage(test);
  const pages = Number(db.pragma('page_count', { simple: true }));
  db.pragma(`max_page_count = ${pages + 4}`);
  const full = await Promise.allSettled([add(1), add(2, 1_000_000), add(3)]);
  const failed = full.filter((result) => result.status === 'rejected');
  test.ok(failed.length > 0);
  test.match(failed[0], { reason: { code: 'STORE_WRITE_FAILED', message: /database or disk is full/ } });
  test.equal(count(), full.length - failed.length, 'exactly the writes that were acknowledged are there');
  test.equal(db.inTransaction, false);

  db.pragma(`max_page_count = ${pages + 10_000}`);
  await add(4, 1_000_000);
  test.equal(count(), full.length - failed.length + 1);
});

await t.test('while another program holds the write lock, writes fail and say so', async (test) => {
  const { db, add, count } = openStage(test);
  const other = new Database(db.name);
  test.teardown(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await test.rejects(add(1), { code: 'STORE_WRITE_FAILED', message: /locked/ });
  other.exec('ROLLBACK');
  await add(1);
  test.equal(count(), 1);
});

await t.test('closing commits what waits and refuses more', async (test) => {
  const { writer, add, count } = openStage(test);
  const last = add(1);
  writer.close();
  test.equal(count(), 1);
  await last;
  await test.rejects(add(2), { code: 'STORE_CLOSED' });
  writer.close();
  test.equal(count(), 1);
});
