import type { Config } from './config.ts';
import type { Consent } from './contract/consent.ts';
import type { Importer } from './contract/import.ts';
import type { PluginHost } from './contract/plugins.ts';
import type { Discovery, SourceStores } from './host/discover/index.ts';
import type { LiveSettings } from './settings/live-settings.ts';

interface ImportDeps {
  readonly config: Config;
  readonly settings: LiveSettings;
  readonly stores: SourceStores;
  readonly consent: Pick<Consent, 'requireApproval' | 'knows' | 'forget'>;
  readonly discovery: Pick<Discovery, 'rescan'>;
  readonly host: Pick<PluginHost, 'views'>;
}

/** Imports of a kernel. What does them is loaded by the first one: most kernels never import anything. */
export function createImporter(deps: ImportDeps): Importer {
  let loading: Promise<Importer> | undefined;
  const load = (): Promise<Importer> => (loading ??= loadImporter(deps));
  return {
    plan: async (request, work) => await (await load()).plan(request, work),
    install: async (scope, request, work) => await (await load()).install(scope, request, work),
    add: async (plugin, manifest) => await (await load()).add(plugin, manifest),
    installDependencies: async (plugin, work) => await (await load()).installDependencies(plugin, work),
    remove: async (scope, plugin, purge) => await (await load()).remove(scope, plugin, purge),
  };
}

async function loadImporter({
  config,
  settings,
  stores,
  consent,
  discovery,
  host,
}: ImportDeps): Promise<Importer> {
  const { PluginImporter } = await import('./host/import/plugin-importer.ts');
  const { dataDir, manifestsDir, pluginsDir, workspaceDir } = config;
  return new PluginImporter({
    dataDir,
    manifestsDir,
    pluginsDir,
    workspaceDir,
    settings,
    stores,
    machine: { platform: process.platform, node: process.versions.node, path: process.env['PATH'] },
    fetch: (url, signal) => fetch(url, { signal, redirect: 'follow' }),
    requireApproval: (...told) => consent.requireApproval(...told),
    inForce: () => host.views().map(({ name, manifest }) => ({ plugin: name, source: manifest.source })),
    rescan: () => discovery.rescan(),
    knows: (plugin) => consent.knows(plugin),
    forget: (plugin) => consent.forget(plugin),
  });
}
