import { createHash, createHmac, randomBytes } from 'node:crypto';

const secretBytes = 32;

/** A new secret of 256 bits. Hexadecimal, so that what looks for secrets in logs sees one word. */
export function newSecret(prefix = ''): string {
  return `${prefix}${randomBytes(secretBytes).toString('hex')}`;
}

/** What is kept of a secret of 256 bits: nobody finds that again by trying, so the hash needs no salt and no cost. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A value that only who has the key can make from a text. */
export function sealOf(key: Uint8Array | string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
