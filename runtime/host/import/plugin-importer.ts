import { createHash } from 'node:crypto';
import { canonicalJson } from '../../base/canonical-json.ts';
import { NexusError } from '../../base/errors.ts';
import type {
  Importer,
  ImportOutcome,
  ImportPlan,
  ImportRequest,
  ImportWork,
  InstalledDependencies,
  Removal,
} from '../../contract/import.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import type { Scope } from '../../contract/scope.ts';
import { missingDependencies } from '../discover/packages/dependencies.ts';
import { packageDirOf } from '../discover/plugin-source.ts';
import { importInvalid } from './candidate.ts';
import { carryOut, type CarryOutDeps } from './carry-out.ts';
import { Downloads, type Fetch } from './downloads.ts';
import type { ImportMachine } from './machine.ts';
import { createManifestFile } from './manifest-text.ts';
import { planImports, type PlannedImport } from './plan-import.ts';
import { readPresent } from './present-plugin.ts';
import { readSource } from './read-source.ts';
import { removePlugin, type RemoveDeps } from './remove-plugin.ts';
import { clearUnusedBundles } from './unused-bundles.ts';

export interface ImporterDeps extends CarryOutDeps, RemoveDeps {
  readonly pluginsDir: string;
  readonly workspaceDir: string;
  readonly machine: ImportMachine;
  readonly fetch: Fetch;
}

/** What a person agrees to: which programs would be started, and what would be written. */
function hashOf(planned: readonly PlannedImport[]): string {
  const agreed = planned.map(({ plugin: { name, command, manifest } }) => ({ name, command, manifest }));
  return createHash('sha256').update(canonicalJson(agreed)).digest('hex');
}

/** Imports plugins into the folders of a kernel. */
export class PluginImporter implements Importer {
  readonly #deps: ImporterDeps;
  /** One import at a time: two of the same name would cross. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: ImporterDeps) {
    this.#deps = deps;
  }

  async plan(request: ImportRequest, { signal }: ImportWork): Promise<ImportPlan> {
    await using downloads = new Downloads(this.#deps.fetch);
    const planned = await this.#planned(request, downloads, signal);
    return { plugins: planned.map(({ plugin }) => plugin), sha256: hashOf(planned) };
  }

  install(scope: Scope, request: ImportRequest, work: ImportWork): Promise<ImportOutcome> {
    return this.#inTurn(async () => {
      work.signal.throwIfAborted();
      await using downloads = new Downloads(this.#deps.fetch);
      const planned = await this.#planned(request, downloads, work.signal);
      if (request.plan !== undefined && request.plan !== hashOf(planned)) {
        const problem = 'it is not what the plan was made of any more';
        throw importInvalid('the source', problem, 'Look again at what it would do');
      }
      const different = planned.find(({ plugin }) => plugin.state === 'changed');
      if (different !== undefined && !request.update) {
        const { name, differences } = different.plugin;
        throw new NexusError('PLUGIN_DIFFERS', { plugin: name, differences: differences.join('; ') });
      }
      const plugins: ImportOutcome['plugins'][number][] = [];
      for (const each of planned) plugins.push(await carryOut(scope, each, this.#deps, work));
      if (plugins.some(({ outcome }) => outcome === 'updated')) await clearUnusedBundles(this.#deps);
      return { plugins };
    });
  }

  add(plugin: string, manifest: JsonObject): Promise<{ file: string; manifest: JsonObject }> {
    return this.#inTurn(async () => {
      const { file, manifest: present } = readPresent(this.#deps.manifestsDir, plugin);
      if (present !== undefined) throw new NexusError('PLUGIN_EXISTS', { plugin, file });
      const { requireApproval, settings } = this.#deps;
      requireApproval(plugin, manifest['source'], settings.kept(`plugin.${plugin}`));
      return { file, manifest: await createManifestFile(file, plugin, manifest) };
    });
  }

  installDependencies(plugin: string, { signal, onProgress }: ImportWork): Promise<InstalledDependencies> {
    return this.#inTurn(async () => {
      const { stores } = this.#deps;
      const dir = this.#packageDir(plugin);
      const packages = dir === undefined ? [] : missingDependencies(dir);
      if (dir === undefined || packages.length === 0) return { plugin, packages, scriptsSkipped: [] };
      const { record } = await stores.dependencies.install(plugin, dir, {
        signal,
        onProgress: ({ text }) => onProgress?.(text),
      });
      return { plugin, packages, scriptsSkipped: record.scriptsSkipped };
    });
  }

  remove(scope: Scope, plugin: string, purge: boolean): Promise<Removal> {
    return this.#inTurn(() => removePlugin(scope, plugin, purge, this.#deps));
  }

  /** Clears the bundles that nothing names or runs any more. */
  clearBundles(): Promise<unknown> {
    return this.#inTurn(() => clearUnusedBundles(this.#deps));
  }

  async #planned(
    request: ImportRequest,
    downloads: Downloads,
    signal: AbortSignal,
  ): Promise<readonly PlannedImport[]> {
    const { machine, stores } = this.#deps;
    const candidates = await readSource(request, { machine, bundles: stores.bundles, downloads }, signal);
    return await planImports(candidates, request, this.#deps);
  }

  /** The folder with the plugin's package.json; undefined when it has none of its own. */
  #packageDir(plugin: string): string | undefined {
    const { manifestsDir, pluginsDir, stores } = this.#deps;
    const { file, manifest } = readPresent(manifestsDir, plugin);
    if (manifest === undefined) {
      throw new NexusError('PLUGIN_UNKNOWN', { plugin, todo: 'Run "nexus plugins" for the names' });
    }
    const source = isJsonObject(manifest['source']) ? manifest['source'] : {};
    const { plugin: folder, sha256 } = source;
    if (typeof folder === 'string') return packageDirOf(folder, { file, pluginsDir });
    return typeof sha256 === 'string' ? stores.bundles.folderOf(sha256) : undefined;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => {});
    return done;
  }
}
