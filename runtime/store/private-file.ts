import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { systemCode } from '../base/errors.ts';

/**
 * Makes sure a file exists that only its owner may read and write (mode 0600). An existing file is never opened:
 * closing a descriptor would drop the process's locks on it. A link keeps what it leads to as it is: that may be
 * another's file. SQLite gives its `-wal` and `-shm` files the same mode.
 */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const found = lstatSync(file);
    if (found.isFile() && (found.mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

/**
 * Closes a data directory that was there before to everybody but its owner, where it is surely the kernel's: it is ours,
 * and empty or with a database of the kernel in it. Any other, such as a home, may be shared on purpose and is left.
 * Returns what the operator should know of it, or null when only its owner may enter.
 */
export function closeToOthers(dir: string): string | null {
  const { mode, uid } = statSync(dir);
  if ((mode & 0o077) === 0) return null;
  const shown = `(mode ${(mode & 0o777).toString(8)})`;
  const left = (why: string): string =>
    `${dir} may be entered by others ${shown} and is left so, because it ${why}. Run "chmod 700 ${dir}", or start with another --data.`;
  if (uid !== process.geteuid?.()) return left(`belongs to user ${uid}`);
  const content = readdirSync(dir);
  if (content.length > 0 && !content.includes('kernel.db')) return left('holds other things');
  chmodSync(dir, 0o700);
  return `${dir} could be entered by others ${shown}; from now on only its owner may.`;
}

/** Makes a directory, and those above it, that only its owner may enter; an existing one keeps its mode. */
export function createPrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}
