import type { Migration } from './migration.ts';

/**
 * What assistants keep in mind, with who stands behind it; `memory_words` indexes words only, by `seq`. Trust only ever grows,
 * and by a person. Of files of the workspace: the content a person vouched for. What is pinned to a thread is told in it always.
 */
export const memories: Migration = {
  version: 12,
  name: 'memories',
  sql: `
    CREATE TABLE memories (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      group_id TEXT,
      user_id TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (scope IN ('user','assistant','organisation')),
      assistant TEXT CHECK ((assistant IS NULL) = (scope <> 'assistant')),
      text TEXT NOT NULL,
      trust TEXT NOT NULL CHECK (trust IN ('person','assistant','untrusted')),
      thread TEXT,
      execution TEXT,
      call TEXT,
      created_at INTEGER NOT NULL,
      deleted_at INTEGER,
      approved_at INTEGER,
      approved_by TEXT,
      UNIQUE (execution, call)
    ) STRICT;
    CREATE INDEX memories_deleted ON memories (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE TRIGGER memories_text_kept BEFORE UPDATE OF text, scope, assistant, execution ON memories
    BEGIN SELECT RAISE(ABORT, 'the words of a memory never change'); END;
    CREATE TRIGGER memories_trust BEFORE UPDATE OF trust ON memories
      WHEN NEW.trust <> 'person' OR NEW.approved_by IS NULL
    BEGIN SELECT RAISE(ABORT, 'only a person vouches for a memory'); END;
    CREATE VIRTUAL TABLE memory_words USING fts5 (words, content='', contentless_delete=1);

    CREATE TABLE trusted_files (
      path TEXT PRIMARY KEY,
      sha256 TEXT NOT NULL,
      approved_at INTEGER NOT NULL,
      approved_by TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE pins (
      thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('memory','skill','file')),
      ref TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (thread_id, kind, ref)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE journal_days (day TEXT PRIMARY KEY, written_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
};
