import { join } from 'node:path';
import type { Manifest } from '../../contract/manifest.ts';
import { isInside, realPathOf } from './contained-path.ts';
import { packageDirOf } from './plugin-source.ts';
import type { KernelPlaces } from './prepare-options.ts';

/**
 * Whether a plugin is part of Nexus itself: its package really lies in the plugins/ folder of `programDir`, whatever
 * folder the operator keeps others in. A link in that folder to somewhere else does not.
 */
export function isFirstParty(
  { name, source }: Manifest,
  { manifestsDir, pluginsDir }: Pick<KernelPlaces, 'manifestsDir' | 'pluginsDir'>,
  programDir: string,
): boolean {
  if (!('plugin' in source)) return false;
  const dir = packageDirOf(source.plugin, { file: join(manifestsDir, `${name}.json`), pluginsDir });
  const own = realPathOf(join(programDir, 'plugins'));
  const real = realPathOf(dir);
  return real !== own && isInside(own, real);
}
