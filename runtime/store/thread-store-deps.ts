import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import type { GroupWriter } from './group-writer.ts';

/** What the repositories of conversations work with. */
export interface ThreadStoreDeps {
  readonly db: Database.Database;
  readonly writer: GroupWriter;
  readonly clock: Clock;
  readonly newId: NewId;
}
