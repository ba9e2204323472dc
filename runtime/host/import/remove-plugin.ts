import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { NexusError } from '../../base/errors.ts';
import type { Removal } from '../../contract/import.ts';
import type { Scope } from '../../contract/scope.ts';
import type { Settings } from '../../contract/settings.ts';
import { pluginDataDirOf } from '../discover/prepare-options.ts';
import type { SourceStores } from '../discover/source-stores.ts';
import { readPresent } from './present-plugin.ts';
import { bundleOf, clearUnusedBundles, type BundleUse } from './unused-bundles.ts';

export interface RemoveDeps extends BundleUse {
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
 * something to remove. Its manifest goes after its secrets, so that none stays behind unseen, and its bundles, and
 * before its data, which its process may still write. Throws PLUGIN_UNKNOWN, LOCK_INVALID.
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
  if (purge) removed.push(...(await clearUnusedBundles(deps, plugin)));
  const sha256 = bundleOf(manifest?.['source']);
  const bundle = sha256 === undefined ? undefined : stores.bundles.folderOf(sha256);
  if (bundle !== undefined && existsSync(bundle)) kept.push(bundle);
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
