import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { createPrivate, createPrivateDir } from './private-file.ts';

const KEPT_BACKUPS = 5;

/**
 * Writes a compact copy of a database to `<backupDir>/<name>-<time>.db`, and beside it, as `.journal`, one of the journal
 * that holds what is not in the database yet; of each database the newest five backups stay.
 */
export function backUp(db: Database.Database, backupDir: string, clock: Clock, journal?: string): string {
  createPrivateDir(backupDir);
  const name = basename(db.name, '.db');
  const time = new Date(clock.now()).toISOString().replaceAll(':', '-');
  const file = join(backupDir, `${name}-${time}.db`);
  createPrivate(file);
  db.prepare('VACUUM INTO ?').run(file);
  if (journal !== undefined && existsSync(journal)) copyFileSync(journal, journalOf(file));

  const mine = readdirSync(backupDir)
    .filter((entry) => entry.startsWith(`${name}-2`) && entry.endsWith('.db'))
    .sort();
  for (const old of mine.slice(0, -KEPT_BACKUPS)) {
    rmSync(join(backupDir, old));
    rmSync(journalOf(join(backupDir, old)), { force: true });
  }
  return file;
}

function journalOf(backup: string): string {
  return backup.replace(/\.db$/, '.journal');
}
