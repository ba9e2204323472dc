import { z } from 'zod';
import { redactKnown } from '../base/known-secrets.ts';
import { scheduleSchema, type Schedule, type ScheduleStore } from '../contract/schedules.ts';
import type { Scope } from '../contract/scope.ts';
import type { WorkStoreDeps } from './signals.ts';

const columns = `id, title, state, cron, at, time_zone AS timeZone, words, missed, action, next_at AS nextAt,
  last_at AS lastAt, group_id AS "group", user_id AS user, actor, armed_by AS armedBy, created_at AS createdAt`;
const visible = `user_id = @user AND (@group IS NULL OR group_id = @group) AND state <> 'removed'`;
const rowSchema = scheduleSchema.extend({
  action: z.string().transform((text) => scheduleSchema.shape.action.parse(JSON.parse(text))),
});

/** The schedules of one tenant's SQLite database. */
export class SqliteScheduleStore implements ScheduleStore {
  readonly #deps: Pick<WorkStoreDeps, 'db' | 'writer'>;

  constructor(deps: Pick<WorkStoreDeps, 'db' | 'writer'>) {
    this.#deps = deps;
  }

  async add({ user, group, actor }: Scope, asked: Parameters<ScheduleStore['add']>[1]): Promise<Schedule> {
    const { db, writer } = this.#deps;
    const { title, action } = asked;
    const told = action.kind === 'prompt' ? { ...action, text: redactKnown(action.text) } : action;
    const schedule = { ...asked, title: redactKnown(title), action: told };
    await writer.write(() => {
      db.prepare(
        `INSERT INTO schedules (id, group_id, user_id, actor, title, state, cron, at, time_zone, words, missed, action, next_at, created_at)
          VALUES (@id, @group, @user, @actor, @title, @state, @cron, @at, @timeZone, @words, @missed, @action, @nextAt, @createdAt)`,
      ).run({ ...schedule, user, group, actor, action: JSON.stringify(schedule.action) });
    });
    return { ...schedule, user, group, actor, lastAt: null, armedBy: null };
  }

  async get({ user, group }: Scope, id: string): Promise<Schedule | null> {
    const [found] = this.#all(`id = @id AND ${visible}`, { id, user, group });
    return found ?? null;
  }

  async list({ user, group }: Scope): Promise<readonly Schedule[]> {
    return this.#all(`${visible} ORDER BY id DESC`, { user, group });
  }

  async due(now: number, limit: number): Promise<readonly Schedule[]> {
    return this.#all(`state = 'armed' AND next_at <= @now ORDER BY next_at LIMIT @limit`, { now, limit });
  }

  async move(from: Schedule, change: Parameters<ScheduleStore['move']>[1]): Promise<boolean> {
    const { db, writer } = this.#deps;
    const { id, state, nextAt, lastAt, armedBy } = { ...from, ...change };
    let changes = 0;
    await writer.write(() => {
      ({ changes } = db
        .prepare(
          `UPDATE schedules SET state = @state, next_at = @nextAt, last_at = @lastAt, armed_by = @armedBy
            WHERE id = @id AND state = @fromState AND next_at IS @fromNextAt`,
        )
        .run({ id, state, nextAt, lastAt, armedBy, fromState: from.state, fromNextAt: from.nextAt }));
    });
    return changes === 1;
  }

  #all(where: string, values: Record<string, unknown>): readonly Schedule[] {
    const rows = this.#deps.db.prepare(`SELECT ${columns} FROM schedules WHERE ${where}`).all(values);
    return rows.map((row) => rowSchema.parse(row));
  }
}
