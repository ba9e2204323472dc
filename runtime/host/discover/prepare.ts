import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NexusError, systemCode } from '../../base/errors.ts';
import type { CommandSource, Manifest, PluginSource, UrlSource } from '../../contract/manifest.ts';
import type { PreparedRemote, PreparedSource } from '../../contract/plugin-package.ts';
import { hashArtifacts } from './artifact-hash.ts';
import { resolveCommand, resolveProgram, type CommandPlace } from './command-source.ts';
import { realPathOf } from './contained-path.ts';
import { modulesAbove } from './package-folder.ts';
import { fillCommand, fillHeaders } from './placeholders.ts';
import { choosePluginServer } from './plugin-source.ts';
import type { Launch, PrepareOptions, PreparePlaces } from './prepare-options.ts';
import { manifestInvalid } from './read-manifest.ts';

interface Context {
  readonly manifest: Manifest;
  readonly places: PreparePlaces;
  /** The manifest's file, for errors. */
  readonly file: string;
}

/**
 * Makes the source of a manifest ready to be started: finds programs, checks packages, installs what must
 * be installed. Starts nothing. Throws MANIFEST_INVALID, PLUGIN_INVALID, COMMAND_MISSING,
 * COMMAND_UNSUPPORTED or PACKAGE_INSTALL_FAILED; running it again continues where it was interrupted.
 */
export async function prepare(
  manifest: Manifest,
  places: PreparePlaces,
  options: PrepareOptions,
): Promise<PreparedSource> {
  options.signal.throwIfAborted();
  const { source } = manifest;
  const context = { manifest, places, file: join(places.manifestsDir, `${manifest.name}.json`) };
  if ('url' in source) return prepareRemote(source, context);
  makeDataDir(places.pluginDataDir);
  const launch = 'plugin' in source ? await launchPlugin(source, context) : launchCommand(source, context);
  if ('kind' in launch) return launch;
  const { artifacts, ...started } = launch;
  const artifactHash = await hashArtifacts(artifacts, howStarted(source), options.signal);
  return { kind: 'process', ...started, artifactHash };
}

function launchCommand(source: CommandSource, context: Context): Launch {
  return resolveCommand(fillCommand(source, context.places), commandPlace(context));
}

async function launchPlugin(source: PluginSource, context: Context): Promise<Launch | PreparedRemote> {
  const { file, manifest, places } = context;
  const dataDir = realPathOf(places.pluginDataDir);
  const granted = manifest.permissions;
  const chosen = await choosePluginServer(source, { file, pluginsDir: places.pluginsDir, dataDir, granted });
  const { root } = chosen.package;
  const { server, warnings } = chosen;
  if (server.type !== 'stdio') {
    const { url, headers } = server;
    return { kind: 'remote', url, headers, artifactHash: hashOf(server), warnings };
  }
  const program = server.command.includes('/')
    ? { command: server.command, packageDirs: [], artifacts: [] }
    : resolveProgram(server.command, commandPlace(context));
  return {
    command: program.command,
    args: server.args,
    cwd: server.cwd,
    // §9.1: the server's own entries first, then the two the host sets.
    env: { ...server.env, PLUGIN_ROOT: root, PLUGIN_DATA: dataDir },
    packageDirs: [...new Set([root, ...modulesAbove(root), ...program.packageDirs])],
    artifacts: [root, ...program.artifacts],
    warnings,
  };
}

function prepareRemote(source: UrlSource, { file, places }: Context): PreparedRemote {
  const filled = fillHeaders(source.headers, places.environment);
  if ('missing' in filled) {
    throw manifestInvalid(file, {
      path: ['source', 'headers', filled.header],
      problem: `needs the environment variable ${filled.missing}, which is not set`,
      todo: `Start the kernel with ${filled.missing} set`,
    });
  }
  const { headers } = filled;
  return { kind: 'remote', url: source.url, headers, artifactHash: hashOf(source), warnings: [] };
}

function commandPlace({ file, manifest, places }: Context): CommandPlace {
  const { dataDir, manifestsDir, pluginsDir, workspaceDir, pluginDataDir } = places;
  const forbidden = [dataDir, manifestsDir, pluginsDir, workspaceDir].map(realPathOf);
  const path = places.environment['PATH'];
  return { plugin: manifest.name, file, dataDir: pluginDataDir, forbidden, path };
}

/** The part of a source that changes what runs, without the place it lies in. */
function howStarted(source: CommandSource | PluginSource): unknown {
  return 'plugin' in source ? { server: source.server } : source;
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
