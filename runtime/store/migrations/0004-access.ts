import type { Migration } from './migration.ts';

/** Who may come in: passwords, sessions, API tokens and one-time codes. Of secrets only hashes. */
export const access: Migration = {
  version: 4,
  name: 'access',
  sql: `
    CREATE TABLE users (
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      password TEXT,
      password_at INTEGER,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE login_codes (
      hash TEXT PRIMARY KEY,
      tenant TEXT NOT NULL,
      user_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sessions (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      user_id TEXT NOT NULL,
      way TEXT NOT NULL CHECK (way IN ('link', 'password')),
      agent TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE api_tokens (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      user_id TEXT NOT NULL,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL CHECK (json_valid(scopes)),
      start TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      last_used_at INTEGER
    ) STRICT, WITHOUT ROWID;
  `,
};
