import type { HeldChange } from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import type { LockEntry } from './lock-entry.ts';

/**
 * The names of another plugin that this one's tools would have, also while that is disabled or gone: whoever calls one
 * means the other. Null when its prefix is its own, was agreed to, or is none.
 */
export function takenPrefix(
  entries: ReadonlyMap<string, LockEntry>,
  { name, prefix }: Manifest,
): HeldChange | null {
  const agreed = entries.get(name);
  const before = agreed?.state === 'approved' ? (agreed.prefix ?? name) : null;
  if (prefix === '' || prefix === before) return null;
  for (const [owner, entry] of entries) {
    if (owner === name || entry.state !== 'approved' || (entry.prefix ?? owner) !== prefix) continue;
    const text = `Its tools would be named ${prefix}__…, as those of plugin "${owner}" are`;
    return { kind: 'permission', subject: 'prefix', before, after: prefix, diff: '', text };
  }
  return null;
}
