import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { systemCode } from '../base/errors.ts';

/**
 * Makes sure a file exists that only its owner may read and write (mode 0600). An existing file is never opened:
 * closing a descriptor would drop the process's locks on it. SQLite gives its `-wal` and `-shm` files the same mode.
 */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

/** Makes a directory, and those above it, that only its owner may enter; an existing one keeps its mode. */
export function createPrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}
