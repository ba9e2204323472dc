import type { ConsentState, ConsentSubject } from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { describePermissions } from '../../contract/plain-words.ts';
import { pinnedSourceOf, sourceLine } from './pinned-source.ts';
import { riskOf } from './risk.ts';

type Described = Pick<ConsentState, 'source' | 'permissions' | 'risk'>;

/** What a plugin runs and may do; of one that is not prepared, as it lacks a setting, what its manifest says. */
export function describeSubject(
  subject: ConsentSubject | undefined,
  declared: Manifest | undefined,
): Described {
  const manifest = subject?.manifest ?? declared;
  if (manifest === undefined) return { source: null, permissions: [], risk: null };
  return {
    source: subject === undefined ? null : sourceLine(pinnedSourceOf(manifest, subject.source)),
    permissions: describePermissions(manifest),
    risk: riskOf(manifest, subject?.tier ?? null),
  };
}
