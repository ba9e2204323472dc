import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { Pin } from '../contract/context.ts';
import type { Pins } from '../contract/pins.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';
import type { Statements } from './kept-statements.ts';

const mostPins = 50;
const mine = `thread_id = @thread AND EXISTS (SELECT 1 FROM threads
  WHERE id = @thread AND user_id = @user AND (@group IS NULL OR group_id = @group))`;

/** The pins of one tenant's SQLite database. */
export class SqlitePins implements Pins {
  readonly #statements: Statements;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;

  constructor(statements: Statements, writer: GroupWriter, clock: Clock) {
    this.#statements = statements;
    this.#writer = writer;
    this.#clock = clock;
  }

  async list({ user, group }: Scope, thread: string): Promise<readonly Pin[]> {
    return this.#statements
      .prepare<[Record<string, unknown>], Pin>(
        `SELECT kind, ref FROM pins WHERE ${mine} ORDER BY created_at, kind, ref`,
      )
      .all({ user, group, thread });
  }

  async add({ user, group }: Scope, thread: string, { kind, ref }: Pin): Promise<void> {
    const values = { user, group, thread, kind, ref, now: this.#clock.now() };
    await this.#writer.write(() => {
      const there = this.#statements
        .prepare(`SELECT count(*) FROM pins WHERE ${mine}`)
        .pluck()
        .get({ user, group, thread });
      if (Number(there) >= mostPins)
        throw new NexusError('USAGE', { problem: `a thread has at most ${mostPins} pinned things` });
      const { changes } = this.#statements
        .prepare(
          `INSERT INTO pins (thread_id, kind, ref, created_at)
            SELECT id, @kind, @ref, @now FROM threads
              WHERE id = @thread AND user_id = @user AND (@group IS NULL OR group_id = @group)
            ON CONFLICT DO UPDATE SET ref = excluded.ref`,
        )
        .run(values);
      if (changes !== 1) throw new NexusError('THREAD_UNKNOWN', { thread });
    });
  }

  async remove({ user, group }: Scope, thread: string, { kind, ref }: Pin): Promise<void> {
    await this.#writer.write(() => {
      this.#statements
        .prepare(`DELETE FROM pins WHERE ${mine} AND kind = @kind AND ref = @ref`)
        .run({ user, group, thread, kind, ref });
    });
  }
}
