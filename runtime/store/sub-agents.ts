import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Scope } from '../contract/scope.ts';
import type { Delivery, SubAgent, SubAgentRecords } from '../contract/sub-agents.ts';
import { messageBlockSchema, type ReportBlock } from '../contract/threads.ts';
import type { GroupWriter } from './group-writer.ts';
import type { Statements } from './kept-statements.ts';
import { wordsOf } from './words.ts';

/** Longest result that is told. */
const mostChars = 50_000;
const contentSchema = z.array(messageBlockSchema);
const visible = `sub.user_id = @user AND (@group IS NULL OR sub.group_id = @group)`;
/** The thread that started one. */
const above = `json_extract(sub.ancestors, '$[#-1]')`;
const latest = `LEFT JOIN executions AS turn ON turn.id = (SELECT max(id) FROM executions WHERE thread_id = sub.id)`;
/** It is done, nobody has been told, and the thread above it is free. */
const deliverable = `sub.parent IS NOT NULL AND sub.delivered_at IS NULL AND turn.ended_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM threads AS below WHERE below.parent IS NOT NULL AND below.delivered_at IS NULL
    AND json_extract(below.ancestors, '$[#-1]') = sub.id)
  AND NOT EXISTS (SELECT 1 FROM executions AS other WHERE other.thread_id = ${above} AND other.ended_at IS NULL)
  AND EXISTS (SELECT 1 FROM threads AS upper WHERE upper.id = ${above} AND upper.deleted_at IS NULL)`;

interface ReportRow {
  readonly thread: string;
  readonly title: string | null;
  readonly state: ReportBlock['state'];
  readonly reason: string | null;
  readonly content: string;
}

/** The sub-agents of one tenant's SQLite database. */
export class SqliteSubAgents implements SubAgentRecords {
  readonly #statements: Statements;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;

  constructor(statements: Statements, writer: GroupWriter, clock: Clock) {
    this.#statements = statements;
    this.#writer = writer;
    this.#clock = clock;
  }

  async below({ user, group }: Scope, thread: string, limit: number): Promise<readonly SubAgent[]> {
    return this.#statements
      .prepare<[Record<string, unknown>], SubAgent>(
        `SELECT sub.id AS thread, ${above} AS above, coalesce(sub.title, '') AS title, sub.assistant, turn.id AS execution,
            turn.state, turn.reason, sub.created_at AS createdAt, sub.delivered_at AS deliveredAt
          FROM threads AS sub ${latest}
          WHERE sub.parent IS NOT NULL AND ${visible}
            AND EXISTS (SELECT 1 FROM json_each(sub.ancestors) WHERE value = @thread)
          ORDER BY sub.id DESC LIMIT @limit`,
      )
      .all({ user, group, thread, limit });
  }

  async deliveries(): Promise<readonly Delivery[]> {
    return this.#statements
      .prepare<[], Delivery>(
        `SELECT DISTINCT ${above} AS above, sub.user_id AS user, sub.group_id AS "group"
          FROM threads AS sub ${latest} WHERE ${deliverable}`,
      )
      .all();
  }

  async reports({ user, group }: Scope, thread: string, limit: number): Promise<readonly ReportBlock[]> {
    return this.#statements
      .prepare<[Record<string, unknown>], ReportRow>(
        `SELECT sub.id AS thread, sub.title, turn.state, turn.reason, answer.content
          FROM threads AS sub ${latest}
          JOIN messages AS answer ON answer.execution_id = turn.id AND answer.role = 'assistant'
          WHERE ${visible} AND ${above} = @thread AND ${deliverable} ORDER BY sub.id LIMIT @limit`,
      )
      .all({ user, group, thread, limit })
      .map(reportOf);
  }

  async dismiss({ user, group }: Scope, threads: readonly string[]): Promise<void> {
    await this.#writer.write(() => {
      this.#statements
        .prepare(
          `UPDATE threads AS sub SET delivered_at = @now
            WHERE id IN (SELECT value FROM json_each(@threads)) AND delivered_at IS NULL AND ${visible}`,
        )
        .run({ user, group, now: this.#clock.now(), threads: JSON.stringify(threads) });
    });
  }
}

function reportOf({ thread, title, state, reason, content }: ReportRow): ReportBlock {
  const said = wordsOf(contentSchema.parse(JSON.parse(content)));
  const whole = reason === null ? said : `${said}\n(${reason})`.trim();
  const text =
    whole.length <= mostChars ? whole : `${whole.slice(0, mostChars)}… (cut; ${whole.length} characters)`;
  return { type: 'report', thread, title: title ?? '', state, text };
}
