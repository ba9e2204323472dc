import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf, type NexusError } from '../../base/errors.ts';
import type { Permissions, PluginSource } from '../../contract/manifest.ts';
import { loadAgentPlugin, pluginInvalid, type AgentPlugin } from './agent-plugin.ts';
import type { ServerEntry } from './agent-plugin-server.ts';
import { manifestInvalid } from './read-manifest.ts';
import { nearestWord } from '../../base/nearest-word.ts';

/** The package of a `{ plugin }` source and the one server of it that the manifest runs. */
export interface ChosenServer {
  readonly package: AgentPlugin;
  readonly name: string;
  readonly server: ServerEntry;
  readonly warnings: readonly string[];
}

interface PluginPlace {
  readonly file: string;
  readonly pluginsDir: string;
  /** PLUGIN_DATA (§9.1); exists. */
  readonly dataDir: string;
  readonly granted: Permissions;
}

/** Loads the package and picks the server. Throws MANIFEST_INVALID or PLUGIN_INVALID. */
export async function choosePluginServer(source: PluginSource, place: PluginPlace): Promise<ChosenServer> {
  const loaded = await loadAgentPlugin(findPackage(source.plugin, place), place.dataDir);
  const name = source.server ?? onlyServer(loaded, place.file);
  const server = loaded.servers.get(name);
  if (server === undefined)
    throw loaded.skipped.get(name) ?? loaded.skipped.get('') ?? unknownServer(name, loaded, place.file);
  return {
    package: loaded,
    name,
    server,
    warnings: [
      ...loaded.warnings,
      ...[...loaded.skipped].filter(([key]) => key !== name).map(([, error]) => messageOf(error)),
      ...missingGrants(loaded.extension.permissions, place.granted),
    ],
  };
}

/** A path relative to the manifest, or the bare name of a folder in the plugins directory. */
export function packageDirOf(plugin: string, place: Pick<PluginPlace, 'file' | 'pluginsDir'>): string {
  const beside = resolve(dirname(place.file), plugin);
  return !plugin.includes('/') && !existsSync(beside) ? join(place.pluginsDir, plugin) : beside;
}

function findPackage(plugin: string, place: PluginPlace): string {
  const { file } = place;
  const dir = packageDirOf(plugin, place);
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return dir;
  throw manifestInvalid(file, {
    path: ['source', 'plugin'],
    problem: `is "${plugin}", but ${dir} is not a folder`,
    todo: 'Write the path of a folder with a plugin.json, relative to this file',
  });
}

function onlyServer({ root, servers, skipped }: AgentPlugin, file: string): string {
  const [first, ...more] = servers.keys();
  if (first === undefined) {
    const [reason] = skipped.values();
    throw (
      reason ??
      pluginInvalid(join(root, 'mcp.json'), {
        path: [],
        problem: 'declares no MCP server, so there is nothing to run',
        todo: 'Declare one under "mcpServers"; packages with skills alone are not used yet',
      })
    );
  }
  if (more.length === 0) return first;
  throw manifestInvalid(file, {
    path: ['source', 'server'],
    problem: `is missing, and ${root} declares ${servers.size} servers`,
    todo: `Write one of ${quoted(servers.keys())}, and one manifest for each server you want`,
  });
}

function unknownServer(name: string, { root, servers }: AgentPlugin, file: string): NexusError {
  const meant = nearestWord(name, [...servers.keys()]);
  return manifestInvalid(file, {
    path: ['source', 'server'],
    problem: `is "${name}", which ${join(root, 'mcp.json')} does not declare`,
    todo: meant === undefined ? `Write one of ${quoted(servers.keys())}` : `Did you mean "${meant}"?`,
  });
}

/** What the package asks for and the manifest does not grant, in words. A package asks; only the manifest grants. */
function missingGrants(asked: Permissions | undefined, granted: Permissions): readonly string[] {
  if (asked === undefined) return [];
  const lists = [
    { key: 'permissions.fs.read', asked: asked.fs.read, granted: [...granted.fs.read, ...granted.fs.write] },
    { key: 'permissions.fs.write', asked: asked.fs.write, granted: granted.fs.write },
    { key: 'permissions.net', asked: asked.net, granted: granted.net },
    { key: 'permissions.env', asked: asked.env, granted: granted.env },
    { key: 'permissions.exec', asked: [asked.exec], granted: [granted.exec, false] },
  ];
  return lists
    .map((list) => ({
      ...list,
      open: list.asked.filter((one) => !list.granted.some((has) => isDeepStrictEqual(has, one))),
    }))
    .filter(({ open }) => open.length > 0)
    .map(
      ({ key, open }) =>
        `The package asks for ${key} ${JSON.stringify(open)}, which the manifest does not grant`,
    );
}

function quoted(words: Iterable<string>): string {
  return [...words].map((word) => `"${word}"`).join(', ');
}
