// Writes tool runs as fast as it can until it is killed, and prints what was acknowledged, one line each:
// "Q id" queued, "B id" running, "F id" finished.
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../runtime/base/clock.ts';
import { openStore } from '../../runtime/store/open.ts';
import { scope, someRun } from '../contract/run-ledger-suite.ts';

const EFFECTS = ['read', 'idempotent', 'reversible', 'irreversible'] as const;
const IN_FLIGHT = 32;

const { ledger } = await openStore({ dataDir: String(process.argv[2]), clock: systemClock });
let count = 0;
await Promise.all(Array.from({ length: IN_FLIGHT }, run));

async function run(): Promise<never> {
  for (;;) {
    count += 1;
    const next = someRun({ effect: EFFECTS[count % 4] ?? 'read', args: { text: 'x'.repeat(count % 3_000) } });
    if (count % 3 === 0) {
      await ledger.queue(scope, next);
      tell('Q', next.id);
      if (count % 9 === 0) continue;
      await ledger.start(scope, next.id);
    } else await ledger.begin(scope, next);
    tell('B', next.id);
    if (count % 5 === 0) continue;
    if (count % 7 === 0) await setImmediate();
    await ledger.finish(scope, next.id, {
      state: 'SUCCEEDED',
      error: null,
      result: { text: 'y'.repeat(count % 2_000) },
    });
    tell('F', next.id);
  }
}

function tell(what: string, id: string): void {
  writeSync(1, `${what} ${id}\n`);
}
