import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const format = 's1';

/** What a sealed text belongs to. Moved to another place it does not open. */
export interface SealPlace {
  readonly tenant: string;
  readonly key: string;
  readonly version: number;
}

/** A key that seals, with the public name that every text it seals carries. */
export interface SealKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** 32 bytes as base64url (43 characters) or hexadecimal (64), or undefined when the text is neither. */
export function parseSealKey(text: string): SealKey | undefined {
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  if (!isHex && !/^[\w-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, isHex ? 'hex' : 'base64url');
  if (bytes.length !== 32) return undefined;
  const id = Buffer.from(hkdfSync('sha256', bytes, '', 'nexus secrets key id', 6)).toString('hex');
  return { id, bytes };
}

/** Encrypts a text with AES-256-GCM (NIST SP 800-38D) under a random nonce, bound to its place. */
export function seal(text: string, place: SealPlace, { id, bytes }: SealKey): string {
  const nonce = randomBytes(nonceBytes);
  const encrypting = createCipheriv(cipher, bytes, nonce, { authTagLength: tagBytes }).setAAD(boundTo(place));
  const sealed = Buffer.concat([
    nonce,
    encrypting.update(text, 'utf8'),
    encrypting.final(),
    encrypting.getAuthTag(),
  ]);
  return `${format}.${id}.${sealed.toString('base64url')}`;
}

/** Name of the key a text was sealed with. */
export function sealKeyId(sealed: string): string {
  return sealed.split('.')[1] ?? '';
}

/** The text that was sealed. Throws when the key, the place or a single bit is another. */
export function unseal(sealed: string, place: SealPlace, { bytes }: SealKey): string {
  const [, , body = ''] = sealed.split('.');
  const raw = Buffer.from(body, 'base64url');
  if (!sealed.startsWith(`${format}.`) || raw.length < nonceBytes + tagBytes)
    throw new Error('not a sealed text');
  const decrypting = createDecipheriv(cipher, bytes, raw.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(boundTo(place))
    .setAuthTag(raw.subarray(-tagBytes));
  const text = decrypting.update(raw.subarray(nonceBytes, -tagBytes));
  return Buffer.concat([text, decrypting.final()]).toString('utf8');
}

function boundTo({ tenant, key, version }: SealPlace): Buffer {
  return Buffer.from(JSON.stringify([tenant, key, version]));
}
