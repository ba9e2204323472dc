import type { Migration } from './migration.ts';

/** Why a model was asked and what it took, what is pinned, what an edited message took the place of, and summaries. */
export const messageDetails: Migration = {
  version: 7,
  name: 'message-details',
  sql: `
    ALTER TABLE messages ADD COLUMN routing TEXT;
    ALTER TABLE messages ADD COLUMN usage TEXT;
    ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
    ALTER TABLE messages ADD COLUMN replaces TEXT;
    CREATE INDEX messages_pinned ON messages (thread_id, seq) WHERE pinned_at IS NOT NULL;
    CREATE INDEX messages_of_execution ON messages (execution_id);
    CREATE INDEX messages_deleted ON messages (deleted_at) WHERE deleted_at IS NOT NULL;

    CREATE TABLE summaries (
      execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      thread_id TEXT NOT NULL,
      through TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
      PRIMARY KEY (execution_id, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX summaries_of_thread ON summaries (thread_id, execution_id, position);
    CREATE INDEX summaries_through ON summaries (through);
  `,
};
