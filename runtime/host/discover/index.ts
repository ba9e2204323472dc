export { discover, type Discovery } from './discovery.ts';
export { isFirstParty } from './first-party.ts';
export type { ManifestChange } from './manifest-folder.ts';
export { pluginDataDirOf } from './prepare-options.ts';
export { Preparer } from './preparer.ts';
export { readManifest } from './read-manifest.ts';
export type { SourceStores } from './source-stores.ts';
