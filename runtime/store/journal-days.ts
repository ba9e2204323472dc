import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { JournalRecords, JournalTurn } from '../contract/journal.ts';
import type { Scope } from '../contract/scope.ts';
import { messageBlockSchema } from '../contract/threads.ts';
import type { GroupWriter } from './group-writer.ts';
import { wordsOf } from './words.ts';

const mostTurns = 5_000;
const contentSchema = z.array(messageBlockSchema);

interface TurnRow extends Omit<JournalTurn, 'about'> {
  readonly title: string | null;
  readonly content: string;
}

/** The days of one tenant's SQLite database. */
export class SqliteJournalDays implements JournalRecords {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;

  constructor(db: Database.Database, writer: GroupWriter, clock: Clock) {
    this.#db = db;
    this.#writer = writer;
    this.#clock = clock;
  }

  async turns({ user, group }: Scope, since: number): Promise<readonly JournalTurn[]> {
    return this.#db
      .prepare<[Record<string, unknown>], TurnRow>(
        `SELECT executions.created_at AS at, title, content, executions.state
          FROM executions JOIN threads ON threads.id = executions.thread_id AND kind = 'user' AND threads.deleted_at IS NULL
          JOIN messages ON messages.execution_id = executions.id AND role = 'user'
          WHERE executions.created_at >= @since AND executions.user_id = @user AND (@group IS NULL OR executions.group_id = @group)
          ORDER BY executions.id LIMIT ${mostTurns}`,
      )
      .all({ user, group, since })
      .map(({ title, content, ...turn }) => ({
        ...turn,
        about: title ?? wordsOf(contentSchema.parse(JSON.parse(content))),
      }));
  }

  async isWritten(_scope: Scope, day: string): Promise<boolean> {
    return this.#db.prepare('SELECT 1 FROM journal_days WHERE day = ?').get(day) !== undefined;
  }

  async written(_scope: Scope, day: string): Promise<void> {
    await this.#writer.write(() => {
      this.#db
        .prepare('INSERT OR IGNORE INTO journal_days (day, written_at) VALUES (?, ?)')
        .run(day, this.#clock.now());
    });
  }
}
