import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { isJsonObject } from '../../contract/plugins.ts';
import { isManifestFile } from '../discover/manifest-folder.ts';
import type { SourceStores } from '../discover/source-stores.ts';

export interface BundleUse {
  readonly manifestsDir: string;
  readonly stores: Pick<SourceStores, 'bundles'>;
  /** The sources of the versions that may run: while an update waits, that is not what the manifest says. */
  readonly inForce: () => readonly { readonly plugin: string; readonly source: unknown }[];
}

/**
 * Clears the bundles that no manifest names and no version runs, also those of earlier versions; the answer is
 * their folders. `leaving` is a plugin that does not count any more.
 */
export async function clearUnusedBundles(
  { manifestsDir, stores: { bundles }, inForce }: BundleUse,
  leaving?: string,
): Promise<readonly string[]> {
  const named = namedBundles(manifestsDir, leaving);
  if (named === undefined) return [];
  const running = inForce().flatMap(({ plugin, source }) =>
    plugin === leaving ? [] : (bundleOf(source) ?? []),
  );
  const used = new Set([...named, ...running]);
  const unused = (await bundles.list()).filter((sha256) => !used.has(sha256));
  for (const sha256 of unused) await bundles.remove(sha256);
  return unused.map((sha256) => bundles.folderOf(sha256));
}

/** The SHA-256 of the bundle that a source names. */
export function bundleOf(source: unknown): string | undefined {
  const sha256 = isJsonObject(source) ? source['sha256'] : undefined;
  return typeof sha256 === 'string' && /^[a-f0-9]{64}$/.test(sha256) ? sha256 : undefined;
}

/** All that may be one, also in a manifest that is in error; undefined when one of them cannot be read. */
function namedBundles(manifestsDir: string, leaving: string | undefined): readonly string[] | undefined {
  const files = readdirSync(manifestsDir).filter(
    (name) => isManifestFile(name) && name !== `${leaving}.json`,
  );
  try {
    return files.flatMap(
      (name) => readFileSync(join(manifestsDir, name), 'utf8').match(/[a-f0-9]{64}/g) ?? [],
    );
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
