import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NexusError, systemCode } from '../../base/errors.ts';
import type {
  CommandSource,
  Manifest,
  McpbSource,
  PluginSource,
  UrlSource,
} from '../../contract/manifest.ts';
import type {
  Content,
  PreparedProcess,
  PreparedRemote,
  PreparedSource,
} from '../../contract/plugin-package.ts';
import { pluginInvalid, type AgentPlugin } from './agent-plugin.ts';
import type { StdioServer } from './agent-plugin-server.ts';
import { hashArtifacts } from './artifact-hash.ts';
import { hashContent } from './content-hash.ts';
import { launchBundle } from './bundle/bundle-launch.ts';
import { Bundler } from './bundle/bundler.ts';
import { moduleFolder, resolveCommand, resolveProgram, type CommandPlace } from './command-source.ts';
import { codePlaces } from './code-places.ts';
import { isInside, realPathOf } from './contained-path.ts';
import { hashOf, listingKeyOf } from './listing-key.ts';
import { bundleInvalid } from './mcpb/archive.ts';
import { bundleCommand } from './mcpb/bundle-command.ts';
import { launchMcpb } from './mcpb/mcpb-launch.ts';
import { withDependencies } from './packages/dependency-launch.ts';
import { SourceStores } from './source-stores.ts';
import { installRecordsOf, modulesAbove } from './package-folder.ts';
import { isNpxCommand, parseNpxCommand } from './packages/npx-command.ts';
import { launchNpx } from './packages/npx-launch.ts';
import {
  fillCommand,
  fillHeaders,
  fillPermissions,
  fillRemote,
  remoteProblem,
  type PathPlaces,
} from './placeholders.ts';
import { hideArguments, withHiddenArguments } from './secret-arguments/secret-arguments.ts';
import { choosePluginServer } from './plugin-source.ts';
import { pluginDataDirOf, type KernelPlaces, type Launch, type PrepareOptions } from './prepare-options.ts';
import { systemDirs } from './program-folder.ts';
import { manifestInvalid } from './read-manifest.ts';

/** A whole plugin is looked at for no longer, in milliseconds. */
const lookMs = 120_000;

/** What is found out of every source in the same way. */
type Added = keyof Content | 'listingKey';
/** One manifest being prepared. */
type Context = Readonly<{ manifest: Manifest; file: string; options: PrepareOptions }>;

/** Makes the sources of manifests ready to be started: finds programs, checks packages, installs, bundles. */
export class Preparer {
  readonly #places: KernelPlaces;
  /** What was installed and unpacked for plugins; imports put things there too. */
  readonly stores: SourceStores;
  readonly #bundler: Bundler;
  readonly #forbidden: readonly string[];

  constructor(places: KernelPlaces) {
    const { dataDir, manifestsDir, pluginsDir, workspaceDir, environment } = places;
    this.#places = places;
    this.stores = new SourceStores(dataDir, environment);
    this.#bundler = new Bundler(dataDir);
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
    const { manifestsDir, dataDir } = this.#places;
    const context = { manifest, options, file: join(manifestsDir, `${manifest.name}.json`) };
    if ('url' in source) return this.#connect(source, context);
    makeDataDir(pluginDataDirOf(dataDir, manifest.name));
    const launch = await this.#launch(source, context);
    if ('kind' in launch) return launch;
    const { artifacts, how, content = [], ...started } = launch;
    const artifactHash = await hashArtifacts(artifacts, how, options.signal);
    const code = [...this.codeOf(manifest), ...artifacts.filter((path) => this.#isOperators(path))];
    const process = { kind: 'process', ...started, artifactHash, code: [...new Set(code)] } as const;
    return await this.#whole(process, [...content, ...started.packageDirs, ...artifacts], how, context);
  }

  /** Looks at all that can run or steer it, unless nobody asks. */
  async #whole(
    source: Omit<PreparedProcess, Added> | Omit<PreparedRemote, Added>,
    roots: readonly string[],
    how: unknown,
    { manifest, options }: Context,
  ): Promise<PreparedSource> {
    const dir = join(this.#places.dataDir, 'cache', 'content');
    const content = { plugin: manifest.name, roots, how, onProgress: options.onProgress };
    const look = (signal: AbortSignal): Promise<string> => hashContent(content, dir, signal);
    const listingKey = listingKeyOf(source.artifactHash, manifest, options);
    const prepared = {
      ...source,
      listingKey,
      contentHash: null,
      hashContent: () => look(AbortSignal.timeout(lookMs)),
    };
    if (options.isFollowed?.(prepared) === true) return prepared;
    return { ...prepared, contentHash: await look(options.signal) };
  }

  /** What can be said of where a plugin's code is before it is prepared. */
  codeOf(manifest: Manifest): readonly string[] {
    return codePlaces(manifest, this.#places);
  }

  /** What the system or the kernel installed changes by an installation, not by an edit. */
  #isOperators(path: string): boolean {
    return !systemDirs.test(path) && !isInside(this.#places.dataDir, path);
  }

  #launch(
    source: PluginSource | McpbSource | CommandSource,
    context: Context,
  ): Promise<Launch | PreparedSource> {
    if ('plugin' in source) return this.#plugin(source, context);
    return 'mcpb' in source ? this.#mcpb(source, context) : this.#command(source, context);
  }

  /** Forgets what version a range or tag of a plugin's package meant: the next `prepare` asks the registry. */
  update(plugin: string): void {
    this.stores.packages.unpin(plugin);
  }

  async #command(source: CommandSource, { manifest, options, file }: Context): Promise<Launch> {
    const place = this.#placeOf(manifest.name, dirname(file), (key, problem, todo) =>
      manifestInvalid(file, { path: ['source', ...key], problem, todo }),
    );
    const paths = this.#pathsOf(manifest.name, options);
    const filled = fillCommand(hideArguments(source, manifest.settings, options.sealed), paths);
    const isNpx = isNpxCommand(source.command, source.args);
    if (source.integrity !== undefined && !isNpx) {
      throw place.blame(['integrity'], 'is of no use here', 'Remove it; it is for packages that npx runs');
    }
    const launch = withHiddenArguments(
      isNpx
        ? await launchNpx(filled, place, this.stores.packages, options)
        : { ...resolveCommand(filled, place), how: {} },
      place,
    );
    if (source.cwd !== undefined) {
      const { fs } = fillPermissions(manifest.permissions, paths);
      const visible = [...launch.packageDirs, place.dataDir, ...fs.read, ...fs.write];
      if (!visible.some((dir) => isInside(realPathOf(dir), realPathOf(launch.cwd)))) {
        const problem = `is ${launch.cwd}, which the plugin may not read`;
        throw place.blame(['cwd'], problem, `Add "${source.cwd}" to permissions.fs.read`);
      }
    }
    // As it is written, so without the values of placeholders; of an npx line what its package was resolved to.
    const { command, args, env } = source;
    if (!isNpx)
      return { ...launch, content: moduleFolder(launch, place.dataDir), how: [{ command, args }, env] };
    const line = parseNpxCommand(command, args);
    return { ...launch, how: [launch.how, 'args' in line ? line.args : [], env] };
  }

  async #mcpb(source: McpbSource, { manifest, options, file }: Context): Promise<Launch> {
    const { bundles, dependencies } = this.stores;
    const { name } = manifest;
    const path = source.mcpb.includes('/')
      ? resolve(dirname(file), source.mcpb)
      : bundles.pathOf(source.mcpb);
    const { dir, manifest: bundle } = await bundles.open(path, source.sha256, options.signal);
    const command = bundleCommand(bundle, dir, process.platform);
    const place = this.#placeOf(name, dir, (key, problem, todo) =>
      bundleInvalid(path, `manifest.json: ${['server', 'mcp_config', ...key].join('.')}`, problem, todo),
    );
    const filled = fillCommand(
      hideArguments(command, manifest.settings, options.sealed),
      this.#pathsOf(name, options),
    );
    const launch = withHiddenArguments(launchMcpb(filled, dir, place), place);
    const { command: program, args, env } = bundleCommand(bundle, '', process.platform);
    const how = [source.sha256, program, args, env];
    return withDependencies({ ...launch, how }, name, dir, dependencies);
  }

  async #plugin(source: PluginSource, context: Context): Promise<Launch | PreparedSource> {
    const { manifest, options, file } = context;
    const dataDir = realPathOf(pluginDataDirOf(this.#places.dataDir, manifest.name));
    const { pluginsDir } = this.#places;
    const granted = manifest.permissions;
    const chosen = await choosePluginServer(source, { file, dataDir, pluginsDir, granted });
    const { server, name, warnings } = chosen;
    const { root } = chosen.package;
    if (server.type !== 'stdio') {
      const { url, headers } = server;
      const code = this.codeOf(manifest);
      const remote = { kind: 'remote', url, headers, artifactHash: hashOf(server), code, warnings } as const;
      return await this.#whole(remote, [root], server, context);
    }
    const place = this.#placeOf(manifest.name, root, (key, problem, todo) =>
      pluginInvalid(join(root, 'mcp.json'), { path: ['mcpServers', name, ...key], problem, todo }),
    );
    const started = await this.#server(chosen.package, server, place, options);
    return {
      ...started,
      // §9.1: the server's own entries first, then the two the host sets.
      env: { ...server.env, PLUGIN_ROOT: root, PLUGIN_DATA: dataDir },
      how: [name, started.how],
      // Its skills and its source, of which a bundle may be what runs.
      content: [root],
      warnings: [...warnings, ...started.warnings],
    };
  }

  /** How one stdio server of a package is started: bundled, from an npm package, or as it is. */
  async #server(
    loaded: AgentPlugin,
    server: StdioServer,
    place: CommandPlace,
    options: PrepareOptions,
  ): Promise<Launch> {
    const { args, command, cwd, env } = server;
    const bundled = await launchBundle(loaded, server, this.#bundler);
    if (bundled !== undefined) return { command: 'node', env, artifacts: [], warnings: [], ...bundled };
    const modules = modulesAbove(loaded.root);
    const packageDirs = [loaded.root, ...modules];
    const artifacts = [loaded.root, ...installRecordsOf(modules)];
    if (command.includes('/'))
      return { command, args, cwd, env, packageDirs, artifacts, how: {}, warnings: [] };
    const isNpx = isNpxCommand(command, args);
    const program = isNpx
      ? await launchNpx(server, place, this.stores.packages, options)
      : { ...resolveProgram(command, place), args, how: {}, warnings: [] };
    const launch = {
      ...program,
      cwd,
      env,
      packageDirs: [...new Set([...packageDirs, ...program.packageDirs])],
      artifacts: [...artifacts, ...program.artifacts],
    };
    return isNpx ? launch : withDependencies(launch, place.plugin, loaded.root, this.stores.dependencies);
  }

  #connect(source: UrlSource, { manifest, file, options }: Context): PreparedRemote {
    const known = fillHeaders(source.headers, this.#places.environment);
    if ('missing' in known) {
      throw manifestInvalid(file, {
        path: ['source', 'headers', known.header],
        problem: `needs the environment variable ${known.missing}, which is not set`,
        todo: `Start the kernel with ${known.missing} set`,
      });
    }
    const filled = fillRemote({ ...source, ...known }, this.#pathsOf(manifest.name, options));
    const unfit = remoteProblem(filled);
    if (unfit !== undefined) {
      const todo = `Correct the settings it uses; see "nexus settings"`;
      throw manifestInvalid(file, {
        path: ['source', ...unfit],
        problem: 'does not fit once it is filled in',
        todo,
      });
    }
    const hash = hashOf(source);
    const content = { contentHash: hash, hashContent: async () => hash };
    const listingKey = listingKeyOf(hash, manifest, options);
    return { kind: 'remote', ...filled, ...content, artifactHash: hash, listingKey, code: [], warnings: [] };
  }

  #placeOf(plugin: string, baseDir: string, blame: CommandPlace['blame']): CommandPlace {
    const { dataDir, environment } = this.#places;
    const path = environment['PATH'];
    const forbidden = this.#forbidden;
    return { plugin, baseDir, blame, dataDir: pluginDataDirOf(dataDir, plugin), forbidden, path };
  }

  #pathsOf(plugin: string, { settings }: PrepareOptions): PathPlaces {
    const { manifestsDir, workspaceDir, dataDir } = this.#places;
    return { manifestsDir, workspaceDir, pluginDataDir: pluginDataDirOf(dataDir, plugin), settings };
  }
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
