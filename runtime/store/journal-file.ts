import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { NexusError } from '../base/errors.ts';
import { createPrivate } from './private-file.ts';
import { storeFailure } from './sqlite-error.ts';

/**
 * A file of lines that only grows until it is emptied. What was appended survives any end of the process, as the
 * operating system has it; a synced journal has it on the disk as well.
 */
export class JournalFile {
  readonly #file: string;
  readonly #fd: number;
  readonly #isSynced: boolean;
  #bytes: number;
  /** Bytes of lines that were not written whole may follow the last whole one. */
  #isTorn = false;
  #failure: NexusError | null = null;

  /** Opens the file, which is made if it is missing. Its last line must be whole. */
  constructor(file: string, isSynced: boolean) {
    createPrivate(file);
    this.#file = file;
    this.#fd = openSync(file, 'a');
    this.#bytes = fstatSync(this.#fd).size;
    this.#isSynced = isSynced;
    if (isSynced) syncDirectory(dirname(file));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes lines at once. Throws STORE_WRITE_FAILED, and nothing of them counts then. */
  append(lines: string): void {
    if (this.#failure !== null) throw this.#failure;
    try {
      if (this.#isTorn) ftruncateSync(this.#fd, this.#bytes);
      this.#isTorn = true;
      const bytes = Buffer.byteLength(lines);
      const written = writeSync(this.#fd, lines);
      // A disk that fills up takes a part, and complains when it is to take the rest.
      if (written < bytes) appendFileSync(this.#fd, Buffer.from(lines).subarray(written));
      if (this.#isSynced) this.#sync();
      this.#isTorn = false;
      this.#bytes += bytes;
    } catch (error) {
      throw storeFailure(this.#file, error);
    }
  }

  /** Forgets all lines: 0.1 ms for each MiB. */
  empty(): void {
    try {
      ftruncateSync(this.#fd, 0);
      this.#isTorn = false;
      this.#bytes = 0;
    } catch (error) {
      throw storeFailure(this.#file, error);
    }
  }

  /** An empty journal leaves no file. */
  close(): void {
    closeSync(this.#fd);
    if (this.#bytes === 0) rmSync(this.#file, { force: true });
  }

  /** After a sync that failed nobody knows what is on the disk: nothing is appended any more, the next boot sorts it out. */
  #sync(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      this.#failure = storeFailure(this.#file, error);
      throw this.#failure;
    }
  }
}

/** Without it a power cut could take the name of a new file, and all its lines with it. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
