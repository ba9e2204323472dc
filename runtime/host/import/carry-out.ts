import type { ImportOutcome, ImportWork } from '../../contract/import.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import type { Scope } from '../../contract/scope.ts';
import type { Settings } from '../../contract/settings.ts';
import { isNpxCommand, parseNpxCommand } from '../discover/packages/npx-command.ts';
import type { SourceStores } from '../discover/source-stores.ts';
import { createManifestFile, replaceManifestFile } from './manifest-text.ts';
import type { PlannedImport } from './plan-import.ts';

export interface CarryOutDeps {
  readonly stores: SourceStores;
  readonly settings: Settings;
  /** Lets nothing of a plugin run before it was approved. */
  readonly requireApproval: (plugin: string, source: unknown, inherits: readonly string[]) => void;
}

type Outcome = ImportOutcome['plugins'][number];

/**
 * Carries one planned import out: code first, then its settings, then the pending approval, and the manifest last.
 * Each step does nothing when it was done before, so an import that was interrupted is finished by doing it again,
 * and before its last step there is no plugin.
 */
export async function carryOut(
  scope: Scope,
  planned: PlannedImport,
  deps: CarryOutDeps,
  work: ImportWork,
): Promise<Outcome> {
  const { plugin, manifest, values } = planned;
  const { name, manifestFile, state } = plugin;
  if (manifest === undefined || state === 'blocked') return { ...plugin, outcome: 'blocked', nextSteps: [] };
  if (state === 'same') {
    return { ...plugin, outcome: 'unchanged', nextSteps: [`See "nexus plugin health ${name}"`] };
  }
  const pinned = await fetchCode(planned, deps.stores, work);
  work.onProgress?.(`Storing the settings of ${name}`);
  const inherits = deps.settings.kept(`plugin.${name}`).filter((key) => !(key in values));
  await storeSettings(scope, name, manifest.settings, values, deps.settings);
  work.onProgress?.(`Writing the manifest of ${name}`);
  if (state === 'new') {
    deps.requireApproval(name, pinned['source'], inherits);
    await createManifestFile(manifestFile, name, pinned);
  } else await replaceManifestFile(manifestFile, pinned);
  const missing = plugin.settings.filter(({ option, hasValue }) => option.required && !hasValue);
  return {
    ...plugin,
    manifest: pinned,
    outcome: state === 'new' ? 'added' : 'updated',
    nextSteps: [
      ...missing.map(
        ({ key, option }) => `Set "${option.title}": nexus settings set plugin.${name}.${key} VALUE`,
      ),
      `Let it run: nexus plugin approve ${name}`,
    ],
  };
}

/** Unpacks and installs; the answer is the manifest with what was found pinned in it. */
async function fetchCode(
  { plugin, candidate, written }: PlannedImport,
  stores: SourceStores,
  { signal, onProgress }: ImportWork,
): Promise<JsonObject> {
  const { name } = plugin;
  const { bundle, missing } = candidate;
  const options = {
    signal,
    onProgress: ({ text }: { readonly text: string }) => onProgress?.(text),
  };
  if (bundle !== undefined) {
    onProgress?.(`Unpacking the bundle of ${name}`);
    await stores.bundles.add(bundle.file, bundle.sha256, signal);
  }
  const { source } = written;
  if (!isJsonObject(source)) return written;
  if (missing.length > 0) {
    const dir = bundle === undefined ? String(source['plugin']) : stores.bundles.folderOf(bundle.sha256);
    await stores.dependencies.install(name, dir, options);
  }
  const line = npxLineOf(source);
  if (line === undefined) return written;
  const { record } = await stores.packages.get(name, line.wanted, options);
  const exact = `${record.name}@${record.version}`;
  const args = line.args.map((arg) =>
    arg === line.wanted.spec ? exact : arg.replace(/^(--package=).*$/, `$1${exact}`),
  );
  return {
    ...written,
    source: { ...source, args, ...(record.integrity === '' ? {} : { integrity: record.integrity }) },
  };
}

function npxLineOf({ command, args }: JsonObject) {
  const words = Array.isArray(args) ? args.map(String) : [];
  if (typeof command !== 'string' || !isNpxCommand(command, words)) return undefined;
  const wanted = parseNpxCommand(command, words);
  return 'problem' in wanted ? undefined : { wanted, args: words };
}

async function storeSettings(
  scope: Scope,
  plugin: string,
  declared: Manifest['settings'],
  values: PlannedImport['values'],
  settings: Settings,
): Promise<void> {
  const owner = `plugin.${plugin}`;
  settings.define(
    owner,
    Object.entries(declared).map(([key, option]) => ({ ...option, key: `${owner}.${key}`, category: owner })),
  );
  const changes = Object.entries(values).map(([key, value]) => ({ key: `${owner}.${key}`, value }));
  if (changes.length > 0) await settings.change(scope, changes);
}
