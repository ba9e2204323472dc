import type { Plugin } from '../../contract/api.ts';
import { manifestSchema, type ManifestFile } from '../../contract/manifest.ts';
import { inOneLine } from './terminal.ts';

/** A plugin's state as the end of "it is …". */
export function describeState(state: Plugin['state']): string {
  return state === 'error' ? 'in error' : state;
}

/** A manifest as it is shown by the API, or undefined when it is not one (any more). */
export function readShownManifest(manifest: unknown): ManifestFile | undefined {
  return manifestSchema.safeParse(manifest).data;
}

/** A change that is not in force, in one line. */
export function describePending({ kind, reason, nextStep }: NonNullable<Plugin['pending']>): string {
  if (kind === 'starting') return 'a change is being tried; what was before serves until it works';
  return inOneLine(`a change is not in force, what was before serves on: ${reason} ${nextStep}`);
}
