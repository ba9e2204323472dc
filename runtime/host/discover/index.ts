export { discover, type Discovery, type DiscoveryOptions } from './discovery.ts';
export type { Discovered, ManifestChange } from './manifest-folder.ts';
export { fillPermissions, type PathPlaces } from './placeholders.ts';
export { prepare } from './prepare.ts';
export type { InstallProgress, PrepareOptions, PreparePlaces } from './prepare-options.ts';
