import { statSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { FinalRunState, RunStart } from '../../runtime/contract/runs.ts';
import { readJournal } from '../../runtime/store/journal-lines.ts';
import { recoverRuns } from '../../runtime/store/recover-runs.ts';
import { scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, journalFile, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

const bootMs = 4_000_000_000_000;

/** One acknowledged step of a run, and how long the journal was then; 0 when it was emptied since. */
interface Step {
  readonly run: RunStart;
  readonly does: 'queue' | 'begin' | 'start' | FinalRunState;
  endsAt: number;
}

interface History {
  readonly steps: readonly Step[];
  /** Databases that a crash can leave beside the journal, and from which length of the journal on. */
  readonly databases: readonly { readonly image: Buffer; readonly fromBytes: number }[];
  readonly journal: Buffer;
}

/** Every kind of run, done in an order in which they overlap; the table gets what is there after each `pause`. */
async function makeHistory(test: Test, pause: 'none' | 'batch' | 'emptied'): Promise<History> {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const raw = openRaw(test, tenantFile(dataDir));
  const steps: Step[] = [];
  const image = (): Buffer => {
    const bytes = raw.serialize();
    // Not in WAL mode: a database in memory has no log.
    bytes.fill(1, 18, 20);
    return bytes;
  };
  const databases = [{ image: image(), fromBytes: 0 }];
  const take = async (run: RunStart, does: Step['does']): Promise<void> => {
    if (does === 'queue' || does === 'begin') await ledger[does](scope, run);
    else if (does === 'start') await ledger.start(scope, run.id);
    else await ledger.finish(scope, run.id, { state: does, error: null, result: { text: does } });
    steps.push({ run, does, endsAt: statSync(journalFile(dataDir)).size });
  };
  const rest = async (): Promise<void> => {
    if (pause === 'none') return;
    await (pause === 'batch' ? ledger.list(scope, { limit: 1 }) : ledger.purge(scope, 1e9, 1));
    const fromBytes = statSync(journalFile(dataDir)).size;
    if (pause === 'emptied') {
      for (const step of steps) step.endsAt = 0;
      databases.length = 0;
    }
    databases.push({ image: image(), fromBytes });
  };

  const runs = (['read', 'idempotent', 'reversible', 'irreversible', 'read', 'irreversible'] as const).map(
    (effect) => someRun({ effect, args: { text: `é ${effect}` } }),
  );
  const [a, b, c, d, e, f] = runs;
  if (a === undefined || b === undefined || c === undefined) throw new Error('no runs');
  if (d === undefined || e === undefined || f === undefined) throw new Error('no runs');
  await take(a, 'begin');
  await take(b, 'queue');
  await take(a, 'SUCCEEDED');
  await take(c, 'begin');
  await rest();
  await take(b, 'start');
  await take(d, 'queue');
  await take(e, 'begin');
  await rest();
  await take(c, 'FAILED');
  await take(d, 'CANCELED');
  await take(f, 'begin');
  await take(b, 'SUCCEEDED');
  return { steps, databases, journal: readFileSync(journalFile(dataDir)) };
}

/** What every run on record must be after a boot that found the journal cut off after so many bytes. */
function expectedAt(steps: readonly Step[], bytes: number): Record<string, string> {
  const expected: Record<string, string> = {};
  for (const { run, does, endsAt } of steps) {
    if (endsAt > bytes) continue;
    const interrupted = run.effect === 'read' || run.effect === 'idempotent' ? 'FAILED' : 'UNKNOWN';
    if (does === 'queue') expected[run.id] = `CANCELED ${bootMs}`;
    else if (does === 'begin' || does === 'start') expected[run.id] = `${interrupted} ${bootMs}`;
    else expected[run.id] = `${does} {"text":"${does}"}`;
  }
  return expected;
}

function stored(db: Database.Database): Record<string, string> {
  const rows = db
    .prepare<[], { id: string; state: string; ended: number; result: string | null }>(
      'SELECT id, state, ended_at AS ended, result FROM tool_runs',
    )
    .all();
  if (new Set(rows.map(({ id }) => id)).size < rows.length) throw new Error('a run is there twice');
  return Object.fromEntries(rows.map(({ id, state, ended, result }) => [id, `${state} ${result ?? ended}`]));
}

for (const pause of ['none', 'batch', 'emptied'] as const) {
  await t.test(`a journal cut off at any byte, pauses: ${pause}`, async (test) => {
    const { steps, databases, journal } = await makeHistory(test, pause);
    const file = `${test.testdirName}/cut.journal`;
    for (const { image, fromBytes } of databases) {
      writeFileSync(file, journal);
      let lines = journal.toString().split('\n').length;
      for (let bytes = journal.length; bytes >= fromBytes; bytes -= 1) {
        truncateSync(file, bytes);
        const { entries, problem } = readJournal(file);
        if (problem !== null) test.fail(`at byte ${bytes}: ${problem}`);
        // The same lines lead to the same table.
        if (entries.length === lines) continue;
        test.equal(entries.length, lines - 1);
        lines = entries.length;
        const db = new Database(image);
        recoverRuns(db, entries, bootMs);
        test.same(stored(db), expectedAt(steps, bytes), `at byte ${bytes}`);
        // A crash before the journal was emptied: the next boot finds it again.
        const { recovered } = recoverRuns(db, entries, bootMs + 1);
        test.same(recovered, { failed: 0, unknown: 0, canceled: 0 });
        test.same(stored(db), expectedAt(steps, bytes), `at byte ${bytes}, again`);
        db.close();
      }
      test.equal(lines, journal.subarray(0, fromBytes).toString().split('\n').length - 1);
    }
  });
}

await t.test(
  'a table that is ahead of the journal, as a power cut may leave it, stays ahead',
  async (test) => {
    const { steps, databases, journal } = await makeHistory(test, 'batch');
    const file = `${test.testdirName}/cut.journal`;
    const last = databases.at(-1);
    if (last === undefined) throw new Error('no database');
    for (let bytes = 0; bytes < last.fromBytes; bytes += 67) {
      writeFileSync(file, journal.subarray(0, bytes));
      const db = new Database(last.image);
      recoverRuns(db, readJournal(file).entries, bootMs);
      const expected = expectedAt(steps, last.fromBytes);
      test.same(stored(db), expected, `at byte ${bytes}`);
      db.close();
    }
  },
);

await t.test('outcomes of runs that nothing is known of are left out', async (test) => {
  const { journal } = await makeHistory(test, 'emptied');
  const file = `${test.testdirName}/cut.journal`;
  writeFileSync(file, journal);
  const { entries } = readJournal(file);
  const [empty] = (await makeHistory(test, 'none')).databases;
  const db = new Database(empty?.image);
  recoverRuns(db, entries, bootMs);
  test.ok(entries.length > 1);
  test.equal(Object.keys(stored(db)).length, 1, 'the one that began later');
  db.close();
});

await t.test('the store reads the journal of a kernel that was killed', async (test) => {
  const { steps, databases, journal } = await makeHistory(test, 'batch');
  const dataDir = `${test.testdirName}/killed`;
  await (await openTestStore(test, dataDir)).close();
  const lay = (content: Buffer): void => {
    writeFileSync(tenantFile(dataDir), databases.at(-1)?.image ?? '');
    writeFileSync(journalFile(dataDir), content, { mode: 0o600 });
  };

  await test.test('cut off in its last line', async (inner) => {
    lay(journal.subarray(0, -5));
    const store = await openTestStore(inner, dataDir, { now: () => bootMs });
    inner.same(store.damages, []);
    inner.same(stored(openRaw(inner, tenantFile(dataDir))), expectedAt(steps, journal.length - 5));
    inner.equal(statSync(journalFile(dataDir)).size, 0);
    await store.close();
  });

  await test.test('damaged: kept aside, told, and read as far as it can be', async (inner) => {
    const damaged = Buffer.from(journal);
    damaged.fill(0, 40, 60);
    lay(damaged);
    const store = await openTestStore(inner, dataDir, { now: () => bootMs });
    const aside = `${journalFile(dataDir)}.damaged-2096-10-02T07-06-40.000Z`;
    inner.match(store.damages, [{ code: 'STORE_CORRUPT', data: { file: journalFile(dataDir) } }]);
    inner.match(store.damages[0]?.message, /1 of \d+ lines cannot be read.*It was kept as/);
    inner.ok(store.damages[0]?.message.includes(aside), store.damages[0]?.message ?? '');
    inner.ok(readFileSync(aside).equals(damaged), 'nothing is lost');
    inner.equal(statSync(aside).mode & 0o077, 0);
    inner.same(stored(openRaw(inner, tenantFile(dataDir))), expectedAt(steps, journal.length));
    await store.close();
    inner.same((await openTestStore(inner, dataDir)).damages, []);
  });

  await test.test('beside a database that is damaged: kept with it', async (inner) => {
    lay(journal);
    truncateSync(tenantFile(dataDir), 5_000);
    const store = await openTestStore(inner, dataDir, { now: () => bootMs + 1 });
    inner.match(store.damages, [{ code: 'STORE_CORRUPT', data: { file: tenantFile(dataDir) } }]);
    inner.ok(readFileSync(`${journalFile(dataDir)}.damaged-2096-10-02T07-06-40.001Z`).equals(journal));
    inner.equal((await store.ledger.list(scope, { limit: 100 })).length, 6, 'all six began in this journal');
  });
});
