import type { Logger } from './base/logger.ts';
import type { Config } from './config.ts';
import type { Consent } from './contract/consent.ts';
import type { Importer } from './contract/import.ts';
import type { Discovery, SourceStores } from './host/discover/index.ts';
import type { Host } from './host/host.ts';
import { bundleOf } from './host/import/unused-bundles.ts';
import type { PluginImporter } from './host/import/plugin-importer.ts';
import type { LiveSettings } from './settings/live-settings.ts';

interface ImportDeps {
  readonly config: Config;
  readonly settings: LiveSettings;
  readonly stores: SourceStores;
  readonly consent: Pick<Consent, 'requireApproval' | 'knows' | 'forget'>;
  readonly discovery: Pick<Discovery, 'rescan'>;
  readonly host: Pick<Host, 'sources' | 'onReplaced'>;
  readonly log: Logger;
}

/**
 * Imports of a kernel. What does them is loaded by the first one: most kernels never import anything. A bundle that an
 * update replaced is cleared when its last call has ended.
 */
export function createImporter(deps: ImportDeps, stack: AsyncDisposableStack): Importer {
  const { host, log } = deps;
  let loading: Promise<PluginImporter> | undefined;
  const load = (): Promise<PluginImporter> => (loading ??= loadImporter(deps));
  let clearing: Promise<unknown> = Promise.resolve();
  stack.defer(async () => void (await clearing));
  stack.defer(
    host.onReplaced((source) => {
      if (bundleOf(source) === undefined) return;
      clearing = load()
        .then((importer) => importer.clearBundles())
        .catch((error: unknown) => log.error({ err: error }, 'bundles of before were not cleared'));
    }),
  );
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
}: ImportDeps): Promise<PluginImporter> {
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
    inForce: () => host.sources(),
    rescan: () => discovery.rescan(),
    knows: (plugin) => consent.knows(plugin),
    forget: (plugin) => consent.forget(plugin),
  });
}
