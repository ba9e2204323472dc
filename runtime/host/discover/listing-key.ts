import { createHash } from 'node:crypto';
import type { Manifest } from '../../contract/manifest.ts';
import type { PrepareOptions } from './prepare-options.ts';

/** SHA-256 of a value as JSON. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** What a listing is kept under: the code, and the settings in force, which may decide what it offers. Without secrets. */
export function listingKeyOf(
  artifactHash: string,
  { settings: declared }: Manifest,
  { settings, sealed }: Pick<PrepareOptions, 'settings' | 'sealed'>,
): string {
  const shown = [...(settings ?? [])].filter(
    ([key]) => declared[key]?.sensitive !== true && sealed?.has(key) !== true,
  );
  return shown.length === 0 ? artifactHash : hashOf([artifactHash, shown]);
}
