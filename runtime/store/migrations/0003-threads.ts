import type { Migration } from './migration.ts';

/**
 * Conversations. `seq` keeps messages in order and is the row of their text in `message_words`, which indexes words only
 * (contentless): what it finds is read from `messages`. Steps of an execution are its truth, appended and never changed;
 * the content of its message is what they come to.
 */
export const threads: Migration = {
  version: 3,
  name: 'threads',
  sql: `
    CREATE TABLE threads (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('user','tool')),
      group_id TEXT,
      user_id TEXT NOT NULL,
      assistant TEXT NOT NULL,
      title TEXT,
      model TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      deleted_at INTEGER
    ) STRICT;
    CREATE INDEX threads_recent ON threads (updated_at DESC, id DESC);

    CREATE TABLE executions (
      id TEXT PRIMARY KEY,
      thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
      group_id TEXT,
      user_id TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('QUEUED','RUNNING','WAITING','SUCCEEDED','FAILED','CANCELED')),
      reason TEXT,
      created_at INTEGER NOT NULL,
      ended_at INTEGER
    ) STRICT;
    CREATE INDEX executions_open ON executions (id) WHERE ended_at IS NULL;
    CREATE INDEX executions_of_thread ON executions (thread_id);
    CREATE TRIGGER executions_final BEFORE UPDATE ON executions WHEN OLD.ended_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'an execution that has ended never changes'); END;

    CREATE TABLE execution_steps (
      execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      step TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (execution_id, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER execution_steps_kept BEFORE UPDATE ON execution_steps
    BEGIN SELECT RAISE(ABORT, 'a step never changes'); END;

    CREATE TABLE messages (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
      group_id TEXT,
      role TEXT NOT NULL CHECK (role IN ('user','assistant')),
      status TEXT NOT NULL CHECK (status IN ('PENDING','PROCESSING','WAITING','COMPLETED','FAILED','CANCELED')),
      failed_reason TEXT,
      content TEXT NOT NULL,
      model TEXT,
      execution_id TEXT REFERENCES executions (id) ON DELETE SET NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      deleted_at INTEGER
    ) STRICT;
    CREATE INDEX messages_of_thread ON messages (thread_id, seq);
    CREATE VIRTUAL TABLE message_words USING fts5 (words, content='', contentless_delete=1);
  `,
};
