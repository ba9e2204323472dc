import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import type { GroupWriter } from './group-writer.ts';
import type { Statements } from './kept-statements.ts';

/** What the repositories of conversations work with. */
export interface ThreadStoreDeps {
  readonly db: Database.Database;
  /** What is asked often, prepared once. */
  readonly statements: Statements;
  readonly writer: GroupWriter;
  readonly clock: Clock;
  readonly newId: NewId;
}
