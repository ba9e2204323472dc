import type { Migration } from './migration.ts';

/** What a turn is told of its thread is found without a look at what is in the trash, however much that is. */
export const messagesHere: Migration = {
  version: 15,
  name: 'messages here',
  sql: `
    CREATE INDEX messages_here ON messages (thread_id, seq, id, pinned_at, deleted_at) WHERE deleted_at IS NULL;
  `,
};
