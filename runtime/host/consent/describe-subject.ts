import type { ConsentState, ConsentSubject } from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { describePermissions } from '../../contract/plain-words.ts';
import { spellEntry, type PathPlaces } from '../discover/placeholders.ts';
import { runLine } from './pinned-source.ts';
import { riskOf } from './risk.ts';

type Described = Pick<ConsentState, 'source' | 'permissions' | 'risk'>;

/** What a plugin runs and may do; of one that is not prepared, as it lacks a setting, what its manifest says. */
export function describeSubject(
  subject: ConsentSubject | undefined,
  declared: Manifest | undefined,
  placesOf: (manifest: Manifest) => PathPlaces,
): Described {
  const manifest = subject?.manifest ?? declared;
  if (manifest === undefined) return { source: null, permissions: [], risk: null };
  const places = placesOf(manifest);
  return {
    source: subject === undefined ? null : runLine(manifest, subject.source),
    permissions: describePermissions(manifest, (entry, about) => spellEntry(entry, about, places)),
    risk: riskOf(manifest, subject?.tier ?? null, places),
  };
}
