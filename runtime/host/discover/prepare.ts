import type { Manifest } from '../../contract/manifest.ts';
import type { PreparedSource } from '../../contract/plugin-package.ts';
import type { PathPlaces } from './placeholders.ts';
import { Preparer } from './preparer.ts';
import type { KernelPlaces, PrepareOptions } from './prepare-options.ts';

export type PreparePlaces = KernelPlaces & PathPlaces;

const preparers = new Map<string, Preparer>();

/** One preparer per data directory; a kernel that keeps its own `Preparer` does not need this. */
export function prepare(
  manifest: Manifest,
  places: PreparePlaces,
  options: PrepareOptions,
): Promise<PreparedSource> {
  const known = preparers.get(places.dataDir) ?? new Preparer(places);
  preparers.set(places.dataDir, known);
  return known.prepare(manifest, options);
}
