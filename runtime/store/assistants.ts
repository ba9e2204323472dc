import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import {
  assistantDefinitionSchema,
  assistantVersionSchema,
  type AssistantDefinition,
  type AssistantRecords,
  type AssistantVersion,
} from '../contract/assistants.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';
import type { Statements } from './kept-statements.ts';

interface VersionRow {
  readonly version: number;
  readonly definition: string;
  readonly createdAt: number;
}

const columns = 'version, definition, created_at AS createdAt';

/** The definitions of assistants in one tenant's SQLite database. */
export class SqliteAssistantRecords implements AssistantRecords {
  readonly #statements: Statements;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  /** A version never changes, and each turn asks for that of the same definition. */
  readonly #recorded = new WeakMap<AssistantDefinition, AssistantVersion>();

  constructor(statements: Statements, writer: GroupWriter, clock: Clock) {
    this.#statements = statements;
    this.#writer = writer;
    this.#clock = clock;
  }

  async record(_scope: Scope, definition: AssistantDefinition): Promise<AssistantVersion> {
    const recorded = this.#recorded.get(definition) ?? (await this.#record(definition));
    this.#recorded.set(definition, recorded);
    return recorded;
  }

  async #record(definition: AssistantDefinition): Promise<AssistantVersion> {
    const { name } = definition;
    // The schema puts the keys in their order.
    const text = JSON.stringify(assistantDefinitionSchema.parse(definition));
    const hash = createHash('sha256').update(text).digest('hex');
    const find = this.#statements.prepare<[string, string], VersionRow>(
      `SELECT ${columns} FROM assistant_versions WHERE name = ? AND hash = ?`,
    );
    const known = find.get(name, hash);
    if (known !== undefined) return versionOf(known);
    await this.#writer.write(() => {
      this.#statements
        .prepare(
          `INSERT INTO assistant_versions (name, version, hash, definition, created_at)
            SELECT @name, 1 + coalesce(max(version), 0), @hash, @text, @now FROM assistant_versions WHERE name = @name
            ON CONFLICT (name, hash) DO NOTHING`,
        )
        .run({ name, hash, text, now: this.#clock.now() });
    });
    const row = find.get(name, hash);
    if (row === undefined) throw new TypeError('a version that was recorded is not there');
    return versionOf(row);
  }

  async versions(_scope: Scope, name: string): Promise<readonly AssistantVersion[]> {
    return this.#statements
      .prepare<[string], VersionRow>(
        `SELECT ${columns} FROM assistant_versions WHERE name = ? ORDER BY version DESC LIMIT 1000`,
      )
      .all(name)
      .map(versionOf);
  }
}

function versionOf({ version, definition, createdAt }: VersionRow): AssistantVersion {
  const parsed: unknown = JSON.parse(definition);
  return assistantVersionSchema.parse({ ...Object(parsed), version, createdAt });
}
