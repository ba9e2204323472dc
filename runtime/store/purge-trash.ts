import type Database from 'better-sqlite3';
import type { Scope } from '../contract/scope.ts';
import type { GroupWriter } from './group-writer.ts';

/** Of what was trashed before `end`, `chunk` rows go in one transaction. */
export interface PurgeBounds {
  readonly end: number;
  readonly chunk: number;
  /** Of which threads; of all when null. */
  readonly only: readonly string[] | null;
}

interface PurgeDeps {
  readonly db: Database.Database;
  readonly writer: GroupWriter;
}

const mine = `user_id = @user AND (@group IS NULL OR group_id = @group)`;
/** A turn that is not over keeps its thread: what it has done must not lose its record. */
const trashedThreads = `SELECT id FROM threads WHERE deleted_at < @end AND ${mine}
  AND (@only IS NULL OR id IN (SELECT value FROM json_each(@only)))
  AND NOT EXISTS (SELECT 1 FROM executions WHERE thread_id = threads.id AND ended_at IS NULL)`;
/** Turns of which nothing is left to be seen. */
const emptyTurns = `SELECT id FROM executions WHERE ended_at IS NOT NULL AND ${mine}
  AND NOT EXISTS (SELECT 1 FROM messages WHERE execution_id = executions.id)`;

/** `remove` deletes at most a chunk and says how much that was; it is repeated, a transaction each, until that is less. */
export async function removeInChunks(
  { db, writer }: PurgeDeps,
  chunk: number,
  remove: () => number,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (let purged = 0; ;) {
    signal?.throwIfAborted();
    let gone = 0;
    await writer.write(
      db.transaction(() => {
        gone = remove();
      }),
    );
    purged += gone;
    if (gone < chunk) return purged;
  }
}

/** Deletes messages that are in the trash or whose thread is, then what belongs to nothing any more. How many messages and threads went. */
export async function purgeTrash(
  { db, writer }: PurgeDeps,
  { user, group }: Scope,
  { end, chunk, only }: PurgeBounds,
  signal?: AbortSignal,
): Promise<number> {
  const values = { end, chunk, user, group, only: only === null ? null : JSON.stringify(only) };
  const inChunks = (remove: () => number): Promise<number> =>
    removeInChunks({ db, writer }, chunk, remove, signal);
  const deleting = (from: string, key: string, which: string) => () =>
    db.prepare(`DELETE FROM ${from} WHERE ${key} IN (${which} LIMIT @chunk)`).run(values).changes;
  const messages = await inChunks(() => {
    const which = `SELECT seq FROM messages WHERE thread_id IN (${trashedThreads})
      OR (@only IS NULL AND deleted_at < @end AND thread_id IN (SELECT id FROM threads WHERE ${mine})) LIMIT @chunk`;
    const seqs = JSON.stringify(db.prepare(which).pluck().all(values));
    const these = 'IN (SELECT value FROM json_each(?))';
    db.prepare(`DELETE FROM message_words WHERE rowid ${these}`).run(seqs);
    return db.prepare(`DELETE FROM messages WHERE seq ${these}`).run(seqs).changes;
  });
  const steps = `SELECT execution_id, position FROM execution_steps WHERE execution_id IN (${emptyTurns})`;
  await inChunks(deleting('execution_steps', '(execution_id, position)', steps));
  const asked = `SELECT id FROM approvals WHERE origin = 'turn' AND execution IN (${emptyTurns})`;
  await inChunks(deleting('approvals', 'id', asked));
  await inChunks(deleting('executions', 'id', emptyTurns));
  return messages + (await inChunks(deleting('threads', 'id', trashedThreads)));
}
