export { discover, type Discovery, type DiscoveryOptions } from './discovery.ts';
export type { Discovered, ManifestChange } from './manifest-folder.ts';
export { fillPermissions, type PathPlaces } from './placeholders.ts';
export { Preparer } from './preparer.ts';
export {
  pluginDataDirOf,
  type InstallProgress,
  type KernelPlaces,
  type PrepareOptions,
} from './prepare-options.ts';
export { prepare, type PreparePlaces } from './prepare.ts';
