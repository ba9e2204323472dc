import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Test } from 'tap';
import { type Clock, systemClock } from '../../runtime/base/clock.ts';
import { openStore, type Store } from '../../runtime/store/open.ts';

/** An empty data directory that goes with the test. */
export function dataDirOf(test: Test): string {
  return join(test.testdir({}), 'data');
}

/** A store that is closed with the test. */
export async function openTestStore(
  test: Test,
  dataDir = dataDirOf(test),
  clock: Clock = systemClock,
): Promise<Store> {
  const store = await openStore({ dataDir, clock });
  test.teardown(() => store.close());
  return store;
}

export function tenantFile(dataDir: string): string {
  return join(dataDir, 'tenants', 'default', 'nexus.db');
}

/** A second connection, as any other program would open one. */
export function openRaw(test: Test, file: string): Database.Database {
  const db = new Database(file);
  test.teardown(() => db.close());
  return db;
}
