import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NexusError, systemCode } from '../../base/errors.ts';
import type { CommandSource, Manifest, PluginSource, UrlSource } from '../../contract/manifest.ts';
import type { PreparedRemote, PreparedSource } from '../../contract/plugin-package.ts';
import { hashArtifacts } from './artifact-hash.ts';
import { resolveCommand, resolveProgram, workingDirectory, type CommandPlace } from './command-source.ts';
import { realPathOf } from './contained-path.ts';
import { modulesAbove } from './package-folder.ts';
import { isNpxCommand } from './packages/npx-command.ts';
import { launchNpx } from './packages/npx-launch.ts';
import { PackageStore } from './packages/package-store.ts';
import { fillCommand, fillHeaders } from './placeholders.ts';
import { choosePluginServer } from './plugin-source.ts';
import { pluginDataDirOf, type KernelPlaces, type Launch, type PrepareOptions } from './prepare-options.ts';
import { manifestInvalid } from './read-manifest.ts';

/** One manifest being prepared. */
interface Context {
  readonly manifest: Manifest;
  readonly place: CommandPlace;
  readonly options: PrepareOptions;
}

/** Makes the sources of manifests ready to be started: finds programs, checks packages, installs, bundles. */
export class Preparer {
  readonly #places: KernelPlaces;
  readonly #packages: PackageStore;
  readonly #forbidden: readonly string[];

  constructor(places: KernelPlaces) {
    const { dataDir, manifestsDir, pluginsDir, workspaceDir, environment } = places;
    this.#places = places;
    this.#packages = new PackageStore(dataDir, environment);
    this.#forbidden = [dataDir, manifestsDir, pluginsDir, workspaceDir].map(realPathOf);
  }

  /**
   * Starts nothing of the plugin. Throws MANIFEST_INVALID, PLUGIN_INVALID, COMMAND_MISSING,
   * COMMAND_UNSUPPORTED or PACKAGE_INSTALL_FAILED, or the reason of `signal`; done again, it continues
   * where it was interrupted.
   */
  async prepare(manifest: Manifest, options: PrepareOptions): Promise<PreparedSource> {
    options.signal.throwIfAborted();
    const { source } = manifest;
    const context = { manifest, options, place: this.#placeOf(manifest.name) };
    if ('url' in source) return this.#connect(source, context);
    makeDataDir(context.place.dataDir);
    const launch =
      'plugin' in source ? await this.#plugin(source, context) : await this.#command(source, context);
    if ('kind' in launch) return launch;
    const { artifacts, how, ...started } = launch;
    const artifactHash = await hashArtifacts(artifacts, how, options.signal);
    return { kind: 'process', ...started, artifactHash };
  }

  /** Forgets what version a range or tag of a plugin's package meant: the next `prepare` asks the registry. */
  update(plugin: string): void {
    this.#packages.unpin(plugin);
  }

  async #command(source: CommandSource, { place, options }: Context): Promise<Launch> {
    const { manifestsDir, workspaceDir } = this.#places;
    const filled = fillCommand(source, { manifestsDir, workspaceDir, pluginDataDir: place.dataDir });
    const { args, env } = source;
    if (!isNpxCommand(source.command, args)) {
      const launch = resolveCommand(filled, place);
      return { ...launch, how: { command: source.command, args, env } };
    }
    const cwd = filled.cwd === undefined ? undefined : workingDirectory(filled.cwd, place);
    return launchNpx(filled, cwd, place, this.#packages, options);
  }

  async #plugin(source: PluginSource, context: Context): Promise<Launch | PreparedRemote> {
    const { manifest, options } = context;
    const place = { ...context.place, dataDir: realPathOf(context.place.dataDir) };
    const { pluginsDir } = this.#places;
    const chosen = await choosePluginServer(source, { ...place, pluginsDir, granted: manifest.permissions });
    const { server, warnings } = chosen;
    const { root } = chosen.package;
    if (server.type !== 'stdio') {
      const { url, headers } = server;
      return { kind: 'remote', url, headers, artifactHash: hashOf(server), warnings };
    }
    // §9.1: the server's own entries first, then the two the host sets.
    const env = { ...server.env, PLUGIN_ROOT: root, PLUGIN_DATA: place.dataDir };
    const own = { cwd: server.cwd, env, packageDirs: [root, ...modulesAbove(root)], artifacts: [root] };
    const how = { server: source.server };
    if (server.command.includes('/')) {
      return { command: server.command, args: server.args, ...own, how, warnings };
    }
    const program = isNpxCommand(server.command, server.args)
      ? await launchNpx(server, server.cwd, place, this.#packages, options)
      : { ...resolveProgram(server.command, place), args: server.args, warnings: [], how: {} };
    return {
      command: program.command,
      args: program.args,
      cwd: server.cwd,
      env,
      packageDirs: [...new Set([...own.packageDirs, ...program.packageDirs])],
      artifacts: [root, ...program.artifacts],
      how: [how, program.how],
      warnings: [...warnings, ...program.warnings],
    };
  }

  #connect(source: UrlSource, { place }: Context): PreparedRemote {
    const filled = fillHeaders(source.headers, this.#places.environment);
    if ('missing' in filled) {
      throw manifestInvalid(place.file, {
        path: ['source', 'headers', filled.header],
        problem: `needs the environment variable ${filled.missing}, which is not set`,
        todo: `Start the kernel with ${filled.missing} set`,
      });
    }
    const { headers } = filled;
    return { kind: 'remote', url: source.url, headers, artifactHash: hashOf(source), warnings: [] };
  }

  #placeOf(plugin: string): CommandPlace {
    const { manifestsDir, dataDir, environment } = this.#places;
    return {
      plugin,
      file: join(manifestsDir, `${plugin}.json`),
      dataDir: pluginDataDirOf(dataDir, plugin),
      forbidden: this.#forbidden,
      path: environment['PATH'],
    };
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function makeDataDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const expected = 'a folder the kernel can write to';
    const todo = `Give another one with --data (${code})`;
    throw new NexusError('CONFIG_INVALID', { option: 'data', value: dir, expected, todo }, error);
  }
}
