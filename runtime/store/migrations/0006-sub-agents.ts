import type { Migration } from './migration.ts';

/**
 * Threads of sub-agents: `parent` is the execution whose call `parent_call` started one, `ancestors` the threads above it,
 * the root first. What a sub-agent came to is delivered to the thread above it once. A turn and its message keep the version
 * of the assistant that answered.
 */
export const subAgents: Migration = {
  version: 6,
  name: 'sub-agents',
  sql: `
    ALTER TABLE threads ADD COLUMN parent TEXT;
    ALTER TABLE threads ADD COLUMN parent_call TEXT;
    ALTER TABLE threads ADD COLUMN ancestors TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE threads ADD COLUMN time_limit_ms INTEGER;
    ALTER TABLE threads ADD COLUMN delivered_at INTEGER;
    CREATE UNIQUE INDEX threads_of_call ON threads (parent, parent_call) WHERE parent IS NOT NULL;
    CREATE INDEX threads_undelivered ON threads (id) WHERE parent IS NOT NULL AND delivered_at IS NULL;
    ALTER TABLE executions ADD COLUMN assistant_version INTEGER;
    ALTER TABLE messages ADD COLUMN assistant_version INTEGER;
  `,
};
