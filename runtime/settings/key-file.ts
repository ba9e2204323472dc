import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../base/errors.ts';

const privateMode = 0o600;

/**
 * A secret kept in a file of mode 0600 that only the kernel's user can read; made of 32 random bytes at first use.
 * The folder must belong to the caller alone, as a locked data directory does.
 */
export function readOrCreateKey(file: string): string {
  const kept = readKey(file);
  if (kept !== '') {
    chmodSync(file, privateMode);
    return kept;
  }
  const fresh = randomBytes(32).toString('base64url');
  writeKey(file, fresh);
  return fresh;
}

/** The text of a key file; empty when there is none. */
export function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return '';
  }
}

/** Writes a key file whole or not at all, and on the disk before anything that depends on it: an empty file would be an empty secret. */
export function writeKey(file: string, key: string): void {
  const draft = `${file}.new`;
  writeFileSync(draft, `${key}\n`, { mode: privateMode, flush: true });
  renameSync(draft, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
