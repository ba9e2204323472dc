import type Database from 'better-sqlite3';
import { z } from 'zod';
import { tokenSchema, type AccessRecords, type SessionRecord, type TokenRecord } from '../contract/access.ts';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';

/** The oldest sessions and codes go when there are more. */
const mostRows = 1_000;

const sessionColumns =
  'id, hash, way, agent, created_at AS createdAt, last_seen_at AS lastSeenAt, expires_at AS expiresAt';
const tokenColumns =
  'id, hash, name, scopes, start, created_at AS createdAt, expires_at AS expiresAt, last_used_at AS lastUsedAt';

const tokenRow = tokenSchema.extend({
  hash: z.string(),
  scopes: z.string().transform((text) => tokenSchema.shape.scopes.parse(JSON.parse(text))),
});

/** Who may come in, in the kernel's SQLite database. */
export class SqliteAccessRecords implements AccessRecords {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;

  constructor(db: Database.Database, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async password({ tenant, user }: Scope): Promise<string | null> {
    const row = this.#db
      .prepare<[string, string], { password: string | null }>(
        'SELECT password FROM users WHERE tenant = ? AND id = ?',
      )
      .get(tenant, user);
    return row?.password ?? null;
  }

  async setPassword({ tenant, user }: Scope, hash: string, at: number): Promise<void> {
    await this.#change(
      `INSERT INTO users (tenant, id, password, password_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (tenant, id) DO UPDATE SET password = excluded.password, password_at = excluded.password_at`,
      [tenant, user, hash, at],
    );
  }

  async addCode({ tenant, user }: Scope, hash: string, expiresAt: number): Promise<void> {
    await this.#change('INSERT INTO login_codes (hash, tenant, user_id, expires_at) VALUES (?, ?, ?, ?)', [
      hash,
      tenant,
      user,
      expiresAt,
    ]);
    await this.#prune('login_codes', 'expires_at');
  }

  async takeCode({ tenant, user }: Scope, hash: string, now: number): Promise<boolean> {
    const taken = await this.#change(
      'DELETE FROM login_codes WHERE hash = ? AND tenant = ? AND user_id = ? AND expires_at > ?',
      [hash, tenant, user, now],
    );
    return taken === 1;
  }

  async addSession({ tenant, user }: Scope, session: SessionRecord): Promise<void> {
    await this.#change(
      `INSERT INTO sessions (hash, id, tenant, user_id, way, agent, created_at, last_seen_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        session.hash,
        session.id,
        tenant,
        user,
        session.way,
        session.agent,
        session.createdAt,
        session.lastSeenAt,
        session.expiresAt,
      ],
    );
    await this.#prune('sessions', 'last_seen_at');
  }

  async session({ tenant, user }: Scope, hash: string): Promise<SessionRecord | null> {
    const row = this.#db
      .prepare<[string, string, string], SessionRecord>(
        `SELECT ${sessionColumns} FROM sessions WHERE hash = ? AND tenant = ? AND user_id = ?`,
      )
      .get(hash, tenant, user);
    return row ?? null;
  }

  async sessions({ tenant, user }: Scope): Promise<readonly SessionRecord[]> {
    return this.#db
      .prepare<[string, string], SessionRecord>(
        `SELECT ${sessionColumns} FROM sessions WHERE tenant = ? AND user_id = ? ORDER BY last_seen_at DESC, id DESC`,
      )
      .all(tenant, user);
  }

  async touchSession({ tenant }: Scope, id: string, at: number): Promise<void> {
    await this.#change('UPDATE sessions SET last_seen_at = ? WHERE id = ? AND tenant = ?', [at, id, tenant]);
  }

  async removeSession({ tenant }: Scope, id: string): Promise<boolean> {
    return (await this.#change('DELETE FROM sessions WHERE id = ? AND tenant = ?', [id, tenant])) === 1;
  }

  async addToken({ tenant, user }: Scope, token: TokenRecord): Promise<void> {
    await this.#change(
      `INSERT INTO api_tokens (hash, id, tenant, user_id, name, scopes, start, created_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        token.hash,
        token.id,
        tenant,
        user,
        token.name,
        JSON.stringify(token.scopes),
        token.start,
        token.createdAt,
        token.expiresAt,
      ],
    );
  }

  async token({ tenant }: Scope, hash: string): Promise<TokenRecord | null> {
    const row = this.#db
      .prepare(`SELECT ${tokenColumns} FROM api_tokens WHERE hash = ? AND tenant = ?`)
      .get(hash, tenant);
    return row === undefined ? null : tokenRow.parse(row);
  }

  async tokens({ tenant }: Scope): Promise<readonly TokenRecord[]> {
    const rows = this.#db
      .prepare(`SELECT ${tokenColumns} FROM api_tokens WHERE tenant = ? ORDER BY id DESC`)
      .all(tenant);
    return rows.map((row) => tokenRow.parse(row));
  }

  async touchToken({ tenant }: Scope, id: string, at: number): Promise<void> {
    await this.#change('UPDATE api_tokens SET last_used_at = ? WHERE id = ? AND tenant = ?', [
      at,
      id,
      tenant,
    ]);
  }

  async removeToken({ tenant }: Scope, id: string): Promise<boolean> {
    return (await this.#change('DELETE FROM api_tokens WHERE id = ? AND tenant = ?', [id, tenant])) === 1;
  }

  /** How many rows changed. */
  async #change(sql: string, values: readonly (string | number | null)[]): Promise<number> {
    let changed = 0;
    await this.#writer.write(() => {
      changed = this.#db.prepare(sql).run(...values).changes;
    });
    return changed;
  }

  async #prune(table: 'login_codes' | 'sessions', by: 'expires_at' | 'last_seen_at'): Promise<void> {
    await this.#change(
      `DELETE FROM ${table} WHERE hash IN (SELECT hash FROM ${table} ORDER BY ${by} DESC LIMIT -1 OFFSET ?)`,
      [mostRows],
    );
  }
}
