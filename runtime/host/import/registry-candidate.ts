import { isJsonObject } from '../../contract/plugins.ts';
import { exactVersion } from '../discover/packages/npx-command.ts';
import type { BundleStore } from '../discover/mcpb/bundle-store.ts';
import { bundleCandidate } from './bundle-candidate.ts';
import { plainCandidate, importInvalid, type Candidate } from './candidate.ts';
import { commandCandidate, remoteCandidate } from './command-candidate.ts';
import type { Downloads } from './downloads.ts';
import { readPart, type JsonSource } from './json-source.ts';
import type { ImportMachine } from './machine.ts';
import { RegistryInputs } from './registry-inputs.ts';
import {
  serverJsonSchema,
  type RegistryPackage,
  type RegistryRemote,
  type ServerJson,
} from './registry-schema.ts';

export interface RegistryDeps {
  readonly machine: ImportMachine;
  readonly bundles: BundleStore;
  readonly downloads: Downloads;
}

/** The server.json in a document: itself, or in the envelope of the registry's API. */
export function serverJsonOf(value: unknown): unknown {
  if (!isJsonObject(value)) return undefined;
  if (isJsonObject(value['server']) && !('mcpServers' in value)) return serverJsonOf(value['server']);
  const isServer = typeof value['name'] === 'string' && ('packages' in value || 'remotes' in value);
  return isServer ? value : undefined;
}

/**
 * The plugin of a registry entry: its first package that runs here, else its remote server, else the reason why none
 * does. Throws IMPORT_INVALID, DOWNLOAD_FAILED, BUNDLE_INVALID.
 */
export async function readServerJson(
  { name, value }: JsonSource,
  { machine, bundles, downloads }: RegistryDeps,
  signal: AbortSignal,
): Promise<Candidate> {
  const server = readPart(serverJsonSchema, value, name);
  const candidates: Candidate[] = [];
  for (const each of server.packages) {
    if (each.registryType === 'mcpb' && each.transport.type === 'stdio') {
      const file = await downloads.bundle(each.identifier, each.fileSha256, signal);
      candidates.push(bundleCandidate(file, await bundles.read(file), machine));
    } else candidates.push(packageCandidate(server, each, machine));
  }
  for (const remote of server.remotes) candidates.push(remoteServer(server, remote));
  const [first] = candidates;
  if (first === undefined)
    throw importInvalid(name, 'it has neither packages nor remotes', 'Give another server.json');
  return candidates.find(({ obstacle }) => obstacle === null) ?? first;
}

function common({ name, title, description }: ServerJson) {
  const last = name.slice(name.indexOf('/') + 1);
  return { kind: 'registry' as const, givenName: last, title: title ?? name, description };
}

function packageCandidate(server: ServerJson, each: RegistryPackage, machine: ImportMachine): Candidate {
  const { registryType, identifier, version, transport } = each;
  const described = common(server);
  const obstacle = packageObstacle(each);
  if (obstacle !== undefined) {
    const command = `${registryType} ${identifier}${version === undefined ? '' : ` ${version}`} (${transport.type})`;
    return { ...plainCandidate, ...described, source: {}, command, obstacle };
  }
  const inputs = new RegistryInputs();
  const own = each.registryBaseUrl?.replace(/\/+$/, '');
  // Of the public registry the machine may use a mirror.
  const isPublic = own === undefined || URL.parse(own)?.hostname.endsWith('.npmjs.org') === true;
  const registry = isPublic ? [] : [`--registry=${own}`];
  const args = ['-y', ...registry, `${identifier}@${version ?? ''}`, ...inputs.args(each.packageArguments)];
  const env = inputs.env(each.environmentVariables);
  const ignored = each.runtimeArguments.filter(({ value }) => value !== '-y' && value !== '--yes').length;
  const warnings =
    ignored === 0
      ? []
      : [`${ignored} arguments for npx itself are left out: the kernel installs and starts the package`];
  const { settings, chosen } = inputs;
  return commandCandidate({ ...described, command: 'npx', args, env, settings, chosen, warnings }, machine);
}

/** Why a package cannot run here. */
function packageObstacle({ registryType, identifier, version, transport }: RegistryPackage) {
  if (transport.type !== 'stdio') {
    const todo = 'Start it yourself and use "nexus plugin add NAME --url http://127.0.0.1:PORT/mcp"';
    return {
      problem: `its package is a server that listens (${transport.type}), not one that speaks over stdio`,
      todo,
    };
  }
  if (registryType === 'npm') {
    if (exactVersion(`${identifier}@${version ?? ''}`) !== undefined) return undefined;
    const problem = `it names ${version === undefined ? 'no version' : `the version "${version}"`} of ${identifier}, not an exact one`;
    return { problem, todo: 'Use "nexus plugin add NAME@1.2.3" with the version you want' };
  }
  if (registryType === 'pypi') {
    const todo = `Install it yourself (python3 -m venv DIR && DIR/bin/pip install ${identifier}==${version ?? 'VERSION'}) and use "nexus plugin add NAME -- DIR/bin/COMMAND"`;
    return { problem: 'it is a Python package, whose build code would run outside the sandbox', todo };
  }
  const todo = 'Ask its author for an npm package, a .mcpb bundle or an address';
  return { problem: `packages of the kind "${registryType}" are not installed here`, todo };
}

function remoteServer(server: ServerJson, remote: RegistryRemote): Candidate {
  const inputs = new RegistryInputs();
  const url = inputs.fill(remote.url, remote.variables);
  const headers = inputs.headers(remote.headers);
  const candidate = remoteCandidate({ ...common(server), url, headers, settings: inputs.settings });
  if (remote.type === 'streamable-http' || remote.type === 'http') return candidate;
  const problem = `it speaks "${remote.type}", a transport that is not spoken here`;
  return { ...candidate, obstacle: { problem, todo: 'Ask its operator for a Streamable HTTP address' } };
}
