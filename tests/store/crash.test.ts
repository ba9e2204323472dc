import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { RunRecord, RunState } from '../../runtime/contract/runs.ts';
import { openStore } from '../../runtime/store/open.ts';
import { scope } from '../contract/run-ledger-suite.ts';
import { dataDirOf, openRaw, tenantFile } from '../fixtures/store-stage.ts';

const ROUNDS = 12;

/** What a killed writer had been promised: the last acknowledged step of each run. */
type Acknowledged = Map<string, 'Q' | 'B' | 'F'>;

await t.test(
  `${ROUNDS} times kill -9 under load: no acknowledged write is lost, no run stays open`,
  async (test) => {
    const dataDir = dataDirOf(test);
    let total = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const acknowledged = await writeUntilKilled(test, dataDir, 50 + round * 400);
      total += acknowledged.size;
      const store = await openStore({ dataDir, clock: { now: () => 4_000_000_000_000 + round } });
      test.same(store.damages, []);
      const records = new Map<string, RunRecord>();
      for (let before = {}; ;) {
        const page = await store.ledger.list(scope, { limit: 1_000, ...before });
        for (const record of page) records.set(record.id, record);
        const last = page.at(-1);
        if (last === undefined) break;
        before = { before: last.id };
      }
      const mistakes = [...acknowledged].flatMap(([id, step]) => mistakeOf(id, step, records.get(id)));
      test.same(mistakes, [], `round ${round}: ${acknowledged.size} runs acknowledged`);

      const closedNow = [...records.values()].filter(({ endedAt }) => endedAt === 4_000_000_000_000 + round);
      const count = (state: RunState): number => closedNow.filter((record) => record.state === state).length;
      test.same(store.recovered, {
        failed: count('FAILED'),
        unknown: count('UNKNOWN'),
        canceled: count('CANCELED'),
      });
      test.ok(closedNow.length > 0, `${closedNow.length} open runs were closed`);
      await store.close();
    }
    test.ok(total > 10_000, `${total} runs`);
    test.equal(openRaw(test, tenantFile(dataDir)).pragma('integrity_check', { simple: true }), 'ok');
  },
);

/**
 * A finished run keeps its result; an open one has the state that its effect calls for. A step after the last
 * acknowledged one may have reached the disk unannounced.
 */
function mistakeOf(id: string, step: 'Q' | 'B' | 'F', record: RunRecord | undefined): string[] {
  if (record === undefined) return [`${step} ${id} is missing`];
  const { state, effect, startedAt, error } = record;
  const interrupted = effect === 'read' || effect === 'idempotent' ? 'FAILED' : 'UNKNOWN';
  const allowed: Readonly<Record<typeof step, readonly RunState[]>> = {
    Q: ['CANCELED', interrupted, 'SUCCEEDED'],
    B: [interrupted, 'SUCCEEDED'],
    F: ['SUCCEEDED'],
  };
  const isExplained =
    state === 'SUCCEEDED' ? error === null : error?.startsWith('The kernel stopped ') === true;
  const isStarted = (startedAt === null) === (state === 'CANCELED');
  return allowed[step].includes(state) && isExplained && isStarted
    ? []
    : [`${step} ${id} ${effect} is ${state}: ${error}`];
}

async function writeUntilKilled(test: Test, dataDir: string, lines: number): Promise<Acknowledged> {
  const writer = new URL('../fixtures/crash-writer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [writer, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  test.teardown(() => child.kill('SIGKILL'));
  let said = '';
  let count = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    count += chunk.split('\n').length - 1;
    if (count >= lines) child.kill('SIGKILL');
  });
  const [, signal]: unknown[] = await closed;
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${String(signal)}`);
  const acknowledged: Acknowledged = new Map();
  // What follows the last line end was cut off in the middle.
  for (const line of said.slice(0, said.lastIndexOf('\n')).split('\n')) {
    const [step, id] = line.split(' ');
    if (id !== undefined && (step === 'Q' || step === 'B' || step === 'F')) acknowledged.set(id, step);
  }
  return acknowledged;
}
