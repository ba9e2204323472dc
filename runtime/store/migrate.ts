import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { NexusError } from '../base/errors.ts';
import type { Migration } from './migrations/migration.ts';

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** The migrations a database still needs. Throws STORE_REFUSED when its history is not a beginning of ours. */
export function pendingMigrations(
  db: Database.Database,
  migrations: readonly Migration[],
): readonly Migration[] {
  const applied = readApplied(db);
  if (applied.length === 0 && countTables(db) > 0) {
    refuse(db, 'it was not made by Nexus', 'Move it away, or start with another --data');
  }
  for (const [index, step] of applied.entries()) {
    const ours = migrations[index];
    if (ours === undefined) {
      refuse(
        db,
        `it was written by a newer Nexus (version ${step.version} "${step.name}", this one knows ${migrations.length})`,
        'Start the newer Nexus, or restore a backup made before the update',
      );
    }
    if (ours.version !== step.version || checksum(ours) !== step.checksum) {
      refuse(
        db,
        `its migration ${step.version} "${step.name}" is not the one this Nexus knows`,
        'Start the Nexus that made it',
      );
    }
  }
  return migrations.slice(applied.length);
}

/** Applies migrations in one transaction: all of them or none. */
export function applyMigrations(
  db: Database.Database,
  pending: readonly Migration[],
  appliedAtMs: number,
): void {
  db.transaction(() => {
    db.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`);
    const record = db.prepare('INSERT INTO schema_migrations VALUES (?, ?, ?, ?)');
    for (const step of pending) {
      db.exec(step.sql);
      record.run(step.version, step.name, checksum(step), appliedAtMs);
    }
  }).immediate();
}

function readApplied(db: Database.Database): readonly AppliedMigration[] {
  const known = db
    .prepare<[], { n: number }>(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'schema_migrations'`)
    .get();
  if (known === undefined || known.n === 0) return [];
  return db
    .prepare<[], AppliedMigration>('SELECT version, name, checksum FROM schema_migrations ORDER BY version')
    .all();
}

function countTables(db: Database.Database): number {
  return db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
}

function checksum(step: Migration): string {
  return createHash('sha256').update(`${step.version}\n${step.name}\n${step.sql}`).digest('hex');
}

function refuse(db: Database.Database, problem: string, todo: string): never {
  throw new NexusError('STORE_REFUSED', { file: db.name, problem, todo });
}
