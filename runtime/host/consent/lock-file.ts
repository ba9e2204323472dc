import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, NexusError, systemCode } from '../../base/errors.ts';
import { sorted } from '../../base/canonical-json.ts';
import { lockSchema, type LockEntry } from './lock-entry.ts';

/** Beside the manifests, to be committed with them; its name is not one of a manifest. */
export const lockFileName = 'nexus.lock.json';
const largestBytes = 16 * 1024 * 1024;

type Entries = ReadonlyMap<string, LockEntry>;

/**
 * The lock file, as it is now: edits by hand count at the next look. Whatever cannot be read as a lock is an error
 * that stays until a person has corrected the file; it is never written over.
 */
export class LockFile {
  readonly path: string;
  readonly #mustExist: () => boolean;
  #stamp: string | undefined;
  #entries: Entries | NexusError = new Map();

  /** `mustExist` says whether the file was there before: then its absence is no fresh start. */
  constructor(manifestsDir: string, mustExist: () => boolean) {
    this.path = join(manifestsDir, lockFileName);
    this.#mustExist = mustExist;
  }

  /** What was agreed to, by plugin. Throws LOCK_INVALID. */
  entries(): Entries {
    const stamp = this.#stampNow();
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#entries = this.#read(stamp);
    }
    if (this.#entries instanceof NexusError) throw this.#entries;
    return this.#entries;
  }

  /**
   * Puts or (with null) removes one entry, whole or not at all. What else is in the file stays as it is now. `isDurable`
   * waits for the disk. Throws LOCK_INVALID and LOCK_UNWRITABLE.
   */
  put(plugin: string, entry: LockEntry | null, isDurable: boolean): void {
    const entries = new Map(this.entries());
    if (entry === null) entries.delete(plugin);
    else entries.set(plugin, entry);
    this.#write(lockText(entries), isDurable);
    this.#entries = entries;
    this.#stamp = this.#stampNow();
  }

  #write(text: string, isDurable: boolean): void {
    // A linked file is written where it is; the link stays.
    const file = existsSync(this.path) ? realpathSync(this.path) : this.path;
    const draft = `${file}.${process.pid}.draft`;
    try {
      const fd = openSync(draft, 'w', 0o644);
      try {
        writeFileSync(fd, text);
        if (isDurable) fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(draft, file);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      rmSync(draft, { force: true });
      throw new NexusError('LOCK_UNWRITABLE', { file: this.path, problem: messageOf(error) }, error);
    }
  }

  /** Identity of the file's content without reading it; empty when there is none. */
  #stampNow(): string {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}:${stat.ino}`;
  }

  #read(stamp: string): Entries | NexusError {
    try {
      if (stamp === '') return this.#mustExist() ? this.#invalid('is gone', beginAnew) : new Map();
      if (statSync(this.path).size > largestBytes) return this.#invalid('is larger than 16 MiB', restore);
      return this.#parse(readFileSync(this.path, 'utf8'));
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      return this.#invalid(`cannot be read (${code})`, 'Make it readable for the user the kernel runs as');
    }
  }

  #parse(text: string): Entries | NexusError {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      return this.#invalid(`is not JSON: ${messageOf(error)}`, restore);
    }
    const parsed = lockSchema.safeParse(json);
    if (parsed.success) return new Map(Object.entries(parsed.data.plugins));
    const [issue] = parsed.error.issues;
    const key = z.core.toDotPath(issue?.path ?? []);
    return this.#invalid(`${key === '' ? '' : `${key}: `}${issue?.message ?? 'is no lock file'}`, restore);
  }

  #invalid(problem: string, todo: string): NexusError {
    return new NexusError('LOCK_INVALID', { file: this.path, problem, todo });
  }
}

const restore = 'Correct it, or restore it from version control or a backup';
const beginAnew =
  'Put it back; or write {"version": 1, "plugins": {}} there to agree anew to what the manifests say';

/** The same entries make the same text: keys in order, one thing a line, so that version control shows small diffs. */
export function lockText(entries: Entries): string {
  return `${JSON.stringify(sorted({ version: 1, plugins: Object.fromEntries(entries) }), null, 2)}\n`;
}
