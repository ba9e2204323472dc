import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { systemCode } from '../base/errors.ts';

/** A secret kept in a file of mode 0600 that only the kernel's user can read; made of 32 random bytes at first use. */
export function readOrCreateKey(file: string): string {
  const fresh = randomBytes(32).toString('base64url');
  try {
    writeFileSync(file, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    return readFileSync(file, 'utf8').trim();
  }
}
