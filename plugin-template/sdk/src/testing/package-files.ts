import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isObject, type JsonObject } from './json.ts';

/** A plugin package as far as the harness needs it. */
export interface PackageFiles {
  readonly folder: string;
  /** Where the installation of Nexus is looked for: this folder and those above it. */
  readonly home: string;
  /** The name Nexus gives it: letters, digits and hyphens. */
  readonly name: string;
  /** Its manifest, but for the name and the source; undefined when there is none. */
  readonly manifest: JsonObject | undefined;
  /** The permissions its plugin.json asks for, which stand in for those of a manifest. */
  readonly asked: JsonObject;
}

/** Reads a package and its manifest: the file given, or `manifests/NAME.json` beside the folder `plugins/`. */
export function readPackage(folder: string, given: string | undefined): PackageFiles {
  const json = readJson(join(folder, 'plugin.json'));
  const name = String(json['name']).replaceAll('.', '-');
  const usual = resolve(folder, '..', '..', 'manifests', `${name}.json`);
  const manifestFile = given ?? (existsSync(usual) ? usual : undefined);
  const files = { folder, home: folder, name, asked: askedFor(json) };
  if (manifestFile === undefined) return { ...files, manifest: undefined };
  const { name: _name, source: _source, ...manifest } = readJson(manifestFile);
  return { ...files, manifest: absolute(manifest, dirname(manifestFile)) };
}

/** How a client that is not Nexus starts the only server of a package. */
export function readServer(folder: string): {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: JsonObject;
} {
  const { mcpServers } = readJson(join(folder, 'mcp.json'));
  const [server] = isObject(mcpServers) ? Object.values(mcpServers) : [];
  if (!isObject(server) || typeof server['command'] !== 'string')
    throw new Error(`${join(folder, 'mcp.json')} declares no server with a command`);
  const args = Array.isArray(server['args']) ? server['args'].map(String) : [];
  return { command: server['command'], args, env: isObject(server['env']) ? server['env'] : {} };
}

function askedFor({ extensions }: JsonObject): JsonObject {
  const own = isObject(extensions) ? extensions['dev.nexus'] : undefined;
  const permissions = isObject(own) ? own['permissions'] : undefined;
  return permissions === undefined ? {} : { permissions };
}

/** The manifest as it reads in another folder: its relative paths are absolute. */
function absolute(manifest: JsonObject, from: string): JsonObject {
  const { permissions } = manifest;
  if (!isObject(permissions) || !isObject(permissions['fs'])) return manifest;
  const fs = Object.entries(permissions['fs']).map(([key, paths]) => [
    key,
    Array.isArray(paths) ? paths.map((path) => locate(String(path), from)) : paths,
  ]);
  return { ...manifest, permissions: { ...permissions, fs: Object.fromEntries(fs) } };
}

function locate(path: string, from: string): string {
  return isAbsolute(path) || path.startsWith('${') || path.startsWith('~') ? path : resolve(from, path);
}

function readJson(file: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isObject(value)) throw new Error(`${file} holds no JSON object`);
  return value;
}
