import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { NexusError } from '../../base/errors.ts';
import type { Removal } from '../../contract/import.ts';
import { isJsonObject } from '../../contract/plugins.ts';
import type { Scope } from '../../contract/scope.ts';
import type { Settings } from '../../contract/settings.ts';
import { isManifestFile } from '../discover/manifest-folder.ts';
import { pluginDataDirOf } from '../discover/prepare-options.ts';
import type { SourceStores } from '../discover/source-stores.ts';
import { readPresent } from './present-plugin.ts';

export interface RemoveDeps {
  readonly manifestsDir: string;
  readonly dataDir: string;
  readonly stores: SourceStores;
  readonly settings: Settings;
  /** Settles when the plugins are those of which there is a manifest now. */
  readonly rescan: () => Promise<unknown>;
  /** Whether anything was agreed to or waits. Throws LOCK_INVALID. */
  readonly knows: (plugin: string) => boolean;
  /** Forgets what was agreed to, once the plugin is no more: one that is there and not known is agreed to by its manifest. */
  readonly forget: (plugin: string) => void;
}

/**
 * Removes a plugin; interrupted, it is finished by doing it again: what was agreed to goes last, and until then there is
 * something to remove. Its manifest goes after its secrets, so that none stays behind unseen, and its bundle, which only
 * that names, and before its data, which its process may still write. Throws PLUGIN_UNKNOWN, LOCK_INVALID.
 */
export async function removePlugin(
  scope: Scope,
  plugin: string,
  purge: boolean,
  deps: RemoveDeps,
): Promise<Removal> {
  const { manifestsDir, dataDir, stores, settings } = deps;
  const { file, manifest } = readPresent(manifestsDir, plugin);
  const data = pluginDataDirOf(dataDir, plugin);
  if (!deps.knows(plugin) && manifest === undefined && !(purge && existsSync(data))) {
    throw new NexusError('PLUGIN_UNKNOWN', { plugin, todo: 'Run "nexus plugins" for the names' });
  }
  const removed: string[] = [];
  const kept: string[] = [];
  const owner = `plugin.${plugin}`;
  const cleared = await settings.clear(scope, owner);
  if (cleared > 0) removed.push(cleared === 1 ? '1 setting' : `${cleared} settings`);
  const sha256 = bundleOf(manifest);
  if (sha256 !== undefined && existsSync(stores.bundles.folderOf(sha256))) {
    const isUsed = !purge || usedBundles(manifestsDir, file).has(sha256);
    if (!isUsed) await stores.bundles.remove(sha256);
    (isUsed ? kept : removed).push(stores.bundles.folderOf(sha256));
  }
  if (manifest !== undefined) {
    await rm(file, { force: true });
    removed.push(file);
  }
  settings.define(owner, []);
  await deps.rescan();
  stores.packages.unpin(plugin);
  await stores.dependencies.remove(plugin);
  if (existsSync(data)) {
    if (purge) await rm(data, { recursive: true, force: true });
    (purge ? removed : kept).push(data);
  }
  deps.forget(plugin);
  return { plugin, removed, kept };
}

function bundleOf(manifest: unknown): string | undefined {
  const source = isJsonObject(manifest) ? manifest['source'] : undefined;
  const sha256 = isJsonObject(source) ? source['sha256'] : undefined;
  return typeof sha256 === 'string' && /^[a-f0-9]{64}$/.test(sha256) ? sha256 : undefined;
}

/** Bundles that a manifest of the folder names, other than `file`. */
function usedBundles(manifestsDir: string, file: string): ReadonlySet<string> {
  const names = readdirSync(manifestsDir).filter((name) => isManifestFile(name) && name !== basename(file));
  const bundles = names.flatMap((name) => {
    try {
      return bundleOf(readPresent(manifestsDir, name.slice(0, -'.json'.length)).manifest) ?? [];
    } catch (error) {
      // Whether one that is in error names the bundle cannot be told; it does not start with it either way.
      if (error instanceof NexusError) return [];
      throw error;
    }
  });
  return new Set(bundles);
}
