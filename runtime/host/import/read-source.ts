import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import type { ImportRequest } from '../../contract/import.ts';
import { isJsonObject } from '../../contract/plugins.ts';
import { readAgentPlugin } from './agent-plugin-candidate.ts';
import { bundleCandidate } from './bundle-candidate.ts';
import { importInvalid, type Candidate } from './candidate.ts';
import { readClientConfig, serversOf } from './client-config.ts';
import { commandCandidate, remoteCandidate } from './command-candidate.ts';
import { parseJsonSource, type JsonSource } from './json-source.ts';
import { readServerJson, serverJsonOf, type RegistryDeps } from './registry-candidate.ts';

/** Every plugin that the source of a request describes. Throws as `Importer.plan` does. */
export async function readSource(
  request: ImportRequest,
  deps: RegistryDeps,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const { source, server, name = '' } = request;
  const { machine, downloads } = deps;
  if ('file' in source) return await readFileSource(source.file, server, deps, signal);
  if ('fetch' in source) {
    const text = await downloads.text(source.fetch, signal);
    return await readDocument(parseJsonSource(source.fetch, text, undefined), server, deps, signal);
  }
  if ('text' in source) {
    return await readDocument(
      parseJsonSource('the given text', source.text, undefined),
      server,
      deps,
      signal,
    );
  }
  if ('package' in source) {
    const spec = source.package;
    const bare = spec.slice(spec.indexOf('/') + 1, spec.lastIndexOf('@'));
    const line = { command: 'npx', args: ['-y', spec], env: {} };
    return [commandCandidate({ kind: 'npm', givenName: bare, title: spec, ...line }, machine)];
  }
  if (name === '') throw importInvalid('this source', 'it does not say what it is called', 'Give a name');
  if ('url' in source) return [remoteCandidate({ kind: 'remote', givenName: name, ...source })];
  return [commandCandidate({ kind: 'command', givenName: name, ...source }, machine)];
}

const largestDocument = 1_048_576;

async function readFileSource(
  path: string,
  server: string | undefined,
  deps: RegistryDeps,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw importInvalid(path, 'there is nothing', 'Correct the path');
  if (found.isDirectory()) return await readFolder(path, server, deps);
  if (!found.isFile()) throw importInvalid(path, 'it is no file', 'Give a file or a folder');
  if (/\.(?:mcpb|dxt|zip)$/i.test(path)) {
    return [bundleCandidate(path, await deps.bundles.read(path), deps.machine)];
  }
  if (found.size > largestDocument)
    throw importInvalid(path, 'it is too large for a JSON document', 'Give a bundle as a .mcpb file');
  const json = parseJsonSource(path, readText(path), dirname(path));
  return await readDocument(json, server, deps, signal);
}

async function readFolder(
  path: string,
  server: string | undefined,
  { machine }: RegistryDeps,
): Promise<readonly Candidate[]> {
  if (existsSync(join(path, 'plugin.json'))) return await readAgentPlugin(path, server, machine);
  const inside = ['server.json', '.mcp.json', 'mcp.json', '.vscode/mcp.json'].find((file) =>
    existsSync(join(path, file)),
  );
  const todo = existsSync(join(path, 'manifest.json'))
    ? 'Pack it with "mcpb pack" and give the .mcpb file'
    : inside === undefined
      ? 'Give an Agent Plugins directory, a .mcpb file or a JSON file'
      : `Give the file ${join(path, inside)}`;
  throw importInvalid(path, 'it holds no plugin.json', todo);
}

/** A JSON document is told by what is in it, not by its name. */
async function readDocument(
  json: JsonSource,
  server: string | undefined,
  deps: RegistryDeps,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const entry = serverJsonOf(json.value);
  if (entry !== undefined) return [await readServerJson({ ...json, value: entry }, deps, signal)];
  if (serversOf(json.value) !== undefined) return readClientConfig(json, server, deps.machine);
  throw importInvalid(
    json.name,
    whatElse(json),
    'Give a registry server.json, or a file with "mcpServers" or "servers"',
  );
}

function whatElse({ name, value }: JsonSource): string {
  if (!isJsonObject(value)) return 'it is no JSON object';
  if (basename(name) === 'plugin.json')
    return 'it is a part of an Agent Plugins directory, which is given as a whole';
  if ('manifest_version' in value || 'dxt_version' in value)
    return 'it is a part of a bundle, which is given as a whole';
  return 'it declares no server in a way that is known here';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw importInvalid(
      path,
      `it cannot be read (${code})`,
      'Make it readable for the user the kernel runs as',
    );
  }
}
