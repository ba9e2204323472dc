import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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
  // Whole or not at all: an empty file would be an empty secret.
  const draft = `${file}.new`;
  writeFileSync(draft, `${fresh}\n`, { mode: privateMode });
  renameSync(draft, file);
  return fresh;
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return '';
  }
}
