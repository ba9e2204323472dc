import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import { scope, someRun } from '../contract/run-ledger-suite.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

const done = { state: 'SUCCEEDED', error: null, result: null } as const;
const crampedWriter = fileURLToPath(new URL('../fixtures/cramped-writer.ts', import.meta.url));

await t.test(
  'a journal that cannot grow refuses what does not fit, whole, and keeps the rest',
  async (test) => {
    const dataDir = dataDirOf(test);
    await (await openTestStore(test, dataDir)).close();
    // 300 × 512 bytes: more than the database takes, and less than what the writer brings.
    const said = await runCramped(300, dataDir);
    test.equal(said.pop()?.step, 'done');
    const of = (step: string): Set<string> =>
      new Set(said.flatMap((line) => (line.step === step ? [line.id] : [])));
    const [begun, finished, refused] = [of('B'), of('F'), of('R')];
    test.ok(begun.size > 5, `${begun.size} begun`);
    test.ok(refused.size > 5, `${refused.size} refused`);
    test.equal(finished.size, 1);
    for (const { step, code } of said)
      if (step === 'R') test.match(code, /^(?:STORE_WRITE_FAILED|RUN_STATE)$/);

    const { ledger, damages, recovered } = await openTestStore(test, dataDir);
    test.same(damages, []);
    const records = await ledger.list(scope, { limit: 1_000 });
    test.same(new Set(records.map(({ id }) => id)), begun, 'what was acknowledged, and nothing else');
    const ended = records.filter(({ state }) => state === 'SUCCEEDED').map(({ id }) => id);
    test.same(ended, [...finished]);
    test.same(recovered, { failed: 0, unknown: begun.size - 1, canceled: 0 });
  },
);

await t.test(
  'while the table takes nothing, no run begins, and those that are open may end',
  async (test) => {
    const dataDir = dataDirOf(test);
    const { ledger } = await openTestStore(test, dataDir);
    const other = openRaw(test, tenantFile(dataDir));
    const [first, second, third] = [someRun(), someRun(), someRun()];
    await ledger.begin(scope, first);
    other.exec('BEGIN IMMEDIATE');
    await ledger.begin(scope, second);
    const locked = { code: 'STORE_WRITE_FAILED', message: /locked/ };
    await test.rejects(ledger.list(scope, { limit: 9 }), locked);
    await test.rejects(ledger.begin(scope, third), locked);
    await ledger.finish(scope, first.id, done);
    other.exec('ROLLBACK');

    await ledger.begin(scope, third);
    const states = (await ledger.list(scope, { limit: 9 })).map(({ id, state }) => [id, state]);
    test.same(states, [
      [third.id, 'RUNNING'],
      [second.id, 'RUNNING'],
      [first.id, 'SUCCEEDED'],
    ]);
  },
);

await t.test('what the table did not take is stored by itself when it can be', async (test) => {
  const dataDir = dataDirOf(test);
  const { ledger } = await openTestStore(test, dataDir);
  const other = openRaw(test, tenantFile(dataDir));
  const run = someRun();
  other.exec('BEGIN IMMEDIATE');
  await ledger.begin(scope, run);
  await test.rejects(ledger.list(scope, { limit: 1 }), { code: 'STORE_WRITE_FAILED' });
  other.exec('ROLLBACK');
  const count = other.prepare('SELECT count(*) FROM tool_runs').pluck();
  while (count.get() !== 1) await new Promise((resolve) => setTimeout(resolve, 20));
});

await t.test('a stop that cannot store what waits leaves it to the next start', async (test) => {
  const dataDir = dataDirOf(test);
  const store = await openTestStore(test, dataDir);
  const run = someRun();
  const other = new Database(tenantFile(dataDir));
  other.exec('BEGIN IMMEDIATE');
  await store.ledger.begin(scope, run);
  await store.ledger.finish(scope, run.id, done);
  await store.close();
  other.close();
  const next = await openTestStore(test, dataDir);
  test.match(await next.ledger.get(scope, run.id), { state: 'SUCCEEDED' });
});

interface Said {
  readonly step: string;
  readonly id: string;
  readonly code: string | undefined;
}

/** Runs the writer with files of at most `blocks` × 512 bytes until it kills itself. */
async function runCramped(blocks: number, dataDir: string): Promise<Said[]> {
  const script = `ulimit -f ${blocks} && exec "$@"`;
  const args = ['-c', script, 'sh', process.execPath, crampedWriter, dataDir];
  const writer = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: Said[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    const [step = '', id = '', code] = line.split(' ');
    said.push({ step, id, code });
  }
  return said;
}
