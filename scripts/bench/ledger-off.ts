// `nexus` with a ledger that records nothing, to tell what recording costs: the product has no such switch.
import { SqliteRunLedger } from '../../runtime/store/run-ledger.ts';

const done = Promise.resolve();
for (const method of ['queue', 'start', 'begin', 'finish'] as const)
  SqliteRunLedger.prototype[method] = () => done;
await import('../../runtime/main.ts');
