import type Database from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import type { CachedToolList, ToolListCache } from '../contract/tool-list-cache.ts';
import type { GroupWriter } from './group-writer.ts';

interface ToolListRow {
  readonly artifactHash: string;
  readonly plugin: string;
  readonly era: string;
  readonly updatedAt: number;
  readonly payload: string;
}

/** Every change of a plugin's code leaves an entry behind. */
const KEPT_ENTRIES = 500;
/** A larger list is not kept: its plugin is started to be listed. */
const MAX_PAYLOAD_CHARS = 8 * 1_048_576;

/** The tool list cache in the kernel's SQLite database. */
export class SqliteToolListCache implements ToolListCache {
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #read: Database.Statement<[string], ToolListRow>;
  readonly #put: Database.Statement<[string, string, string, number, string]>;
  readonly #prune: Database.Statement<[]>;

  constructor(db: Database.Database, writer: GroupWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
    this.#read = db.prepare(
      `SELECT artifact_hash AS artifactHash, plugin, era, updated_at AS updatedAt, payload FROM tool_lists
        WHERE artifact_hash IN (SELECT value FROM json_each(?))`,
    );
    this.#put = db.prepare(
      `INSERT INTO tool_lists (artifact_hash, plugin, era, updated_at, payload) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (artifact_hash) DO UPDATE SET
          plugin = excluded.plugin, era = excluded.era, updated_at = excluded.updated_at, payload = excluded.payload`,
    );
    this.#prune = db.prepare(
      `DELETE FROM tool_lists WHERE artifact_hash IN (
        SELECT artifact_hash FROM tool_lists ORDER BY updated_at DESC, rowid DESC LIMIT -1 OFFSET ${KEPT_ENTRIES})`,
    );
  }

  getMany(artifactHashes: readonly string[]): ReadonlyMap<string, CachedToolList> {
    const found = new Map<string, CachedToolList>();
    for (const row of this.#read.all(JSON.stringify(artifactHashes))) {
      const payload = parse(row.payload);
      if (payload !== undefined) found.set(row.artifactHash, { ...row, payload });
    }
    return found;
  }

  get(artifactHash: string): CachedToolList | null {
    return this.getMany([artifactHash]).get(artifactHash) ?? null;
  }

  async put(entry: Omit<CachedToolList, 'updatedAt'>): Promise<void> {
    const payload = JSON.stringify(entry.payload ?? null);
    if (payload.length > MAX_PAYLOAD_CHARS) return;
    const now = this.#clock.now();
    await Promise.all([
      this.#writer.write(() => {
        this.#put.run(entry.artifactHash, entry.plugin, entry.era, now, payload);
      }, payload.length),
      this.#writer.write(() => {
        this.#prune.run();
      }),
    ]);
  }
}

/** A payload that is no JSON is as good as absent: the plugin is asked again. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
