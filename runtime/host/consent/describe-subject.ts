import type { ConsentState, ConsentSubject } from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { describePermissions } from '../../contract/plain-words.ts';
import { spellEntry, type PathPlaces } from '../discover/placeholders.ts';
import type { ApprovedEntry } from './lock-entry.ts';
import { runLine } from './pinned-source.ts';
import { riskOf } from './risk.ts';

type Described = Pick<ConsentState, 'source' | 'permissions' | 'risk'>;

/**
 * What a plugin runs and may do; of one that is not prepared, as it lacks a setting, what its manifest says, and of one
 * that is not enabled what was agreed to.
 */
export function describeSubject(
  subject: ConsentSubject | undefined,
  declared: Manifest | undefined,
  agreed: ApprovedEntry | null,
  placesOf: (manifest: Manifest) => PathPlaces,
): Described {
  const manifest = subject?.manifest ?? declared;
  if (manifest === undefined) {
    const permissions = agreed === null ? [] : describePermissions(agreed, (entry) => entry);
    return { source: null, permissions, risk: null };
  }
  const places = placesOf(manifest);
  return {
    source: subject === undefined ? null : runLine(manifest, subject.source),
    permissions: describePermissions(manifest, (entry, about) => spellEntry(entry, about, places)),
    risk: riskOf(manifest, subject?.tier ?? null, places),
  };
}
