import { closeSync, constants, lstatSync, mkdirSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Descriptor } from './descriptor.ts';
import { systemCode } from './faults.ts';

/**
 * Takes a name that must be free, in one step (EEXIST otherwise): rename(2) replaces silently, and over a claimed
 * name it destroys nothing. Given back when disposed, unless it was used; never when it is somebody else's by then.
 */
export class NameClaim implements Disposable {
  readonly #path: string;
  readonly #isFolder: boolean;
  readonly #inode: number;
  #isUsed = false;

  constructor(folder: Descriptor, name: string, isFolder: boolean) {
    this.#path = folder.child(name);
    this.#isFolder = isFolder;
    if (isFolder) mkdirSync(this.#path);
    else closeSync(openSync(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
    this.#inode = lstatSync(this.#path).ino;
  }

  /** Something was renamed over it: there is nothing left to give back. */
  use(): void {
    this.#isUsed = true;
  }

  [Symbol.dispose](): void {
    if (this.#isUsed) return;
    try {
      const now = lstatSync(this.#path, { throwIfNoEntry: false });
      if (now?.ino !== this.#inode || (!this.#isFolder && now.size > 0)) return;
      if (this.#isFolder) rmdirSync(this.#path);
      else unlinkSync(this.#path);
    } catch (error) {
      // A folder that was filled meanwhile stays; the error that led here is the one to report.
      if (systemCode(error) === undefined) throw error;
    }
  }
}
