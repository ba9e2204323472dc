import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { Approval, ApprovalLog, NewApproval } from '../contract/consent.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';

interface ApprovalRow {
  readonly id: number;
  readonly plugin: string;
  readonly user: string;
  readonly actor: string;
  readonly at: number;
  readonly what: string;
}

/** A definition of an approved tool may be seen again in a diff; the oldest go when there are this many. */
const KEPT_DEFINITIONS = 20_000;

/** The record of approvals in the kernel's SQLite database. */
export class SqliteApprovalLog implements ApprovalLog {
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #definition: Database.Statement<[string], { definition: string }>;
  readonly #list: Database.Statement<[string, string, number], ApprovalRow>;
  readonly #knows: Database.Statement<[string], { path: string }>;
  readonly #add: Database.Statement<[string, string, string, string, number, string]>;
  readonly #keep: Database.Statement<[string, string]>;
  readonly #prune: Database.Statement<[]>;
  readonly #know: Database.Statement<[string]>;

  constructor(db: Database.Database, writer: GroupWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
    this.#definition = db.prepare('SELECT definition FROM approved_definitions WHERE hash = ?');
    this.#list = db.prepare(
      `SELECT id, plugin, user_id AS user, actor, at, what FROM approvals
        WHERE tenant = ? AND plugin = ? ORDER BY id DESC LIMIT ?`,
    );
    this.#knows = db.prepare('SELECT path FROM lock_files WHERE path = ?');
    this.#add = db.prepare(
      'INSERT INTO approvals (plugin, tenant, user_id, actor, at, what) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#keep = db.prepare('INSERT OR REPLACE INTO approved_definitions (hash, definition) VALUES (?, ?)');
    this.#prune = db.prepare(
      `DELETE FROM approved_definitions WHERE rowid IN (
        SELECT rowid FROM approved_definitions ORDER BY rowid DESC LIMIT -1 OFFSET ${KEPT_DEFINITIONS})`,
    );
    this.#know = db.prepare('INSERT OR IGNORE INTO lock_files (path) VALUES (?)');
  }

  definition(hash: string): JsonObject | null {
    const row = this.#definition.get(hash);
    const definition: unknown = row === undefined ? null : JSON.parse(row.definition);
    return isJsonObject(definition) ? definition : null;
  }

  async record(scope: Scope, { plugin, what, definitions, lockFile }: NewApproval): Promise<void> {
    const texts = [...definitions].map(([hash, value]) => [hash, JSON.stringify(value)] as const);
    const now = this.#clock.now();
    const size = texts.reduce((sum, [, text]) => sum + text.length, 0);
    await this.#writer.write(() => {
      for (const [hash, text] of texts) this.#keep.run(hash, text);
      this.#prune.run();
      this.#know.run(lockFile);
      this.#add.run(plugin, scope.tenant, scope.user, scope.actor, now, JSON.stringify(what));
    }, size);
  }

  list(scope: Scope, plugin: string, limit: number): readonly Approval[] {
    return this.#list.all(scope.tenant, plugin, limit).map((row) => ({ ...row, what: readWords(row.what) }));
  }

  knowsLock(file: string): boolean {
    return this.#knows.get(file) !== undefined;
  }
}

function readWords(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  return Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
}
