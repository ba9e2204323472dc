import { readFileSync, statSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { NexusError, systemCode } from '../../base/errors.ts';
import {
  extensionNamespace,
  mcpJsonSchema,
  nexusExtensionSchema,
  pluginJsonSchema,
  type NexusExtension,
} from '../../contract/plugin-package.ts';
import { checkServer, type ServerEntry } from './agent-plugin-server.ts';
import { realPathInside, realPathOf } from './contained-path.ts';
import { explainIssue, spellPath, type FileProblem } from './explain-issue.ts';
import { placeOf, readJsonText } from './json-text.ts';
import { inputSchemaOf } from './manifest-json-schema.ts';
import { nearestWord } from '../../base/nearest-word.ts';

/** An Agent Plugins 1.0.0 package, as far as this host uses it: skills are not loaded yet (§11.2 allows that). */
export interface AgentPlugin {
  /** The filesystem-resolved plugin root (§4.1). */
  readonly root: string;
  readonly name: string;
  readonly extension: NexusExtension;
  /** Usable servers of mcp.json, in its order. */
  readonly servers: ReadonlyMap<string, ServerEntry>;
  /** Servers and component types that were skipped, by key of mcp.json ("" is the file), and why (§7.2.2). */
  readonly skipped: ReadonlyMap<string, NexusError>;
  /** Non-fatal findings that skip nothing (§5.2). */
  readonly warnings: readonly string[];
}

type Json = { readonly file: string; readonly text: string; readonly value: unknown };

/**
 * Loads the package in `directory`. Throws PLUGIN_INVALID where the specification says that the whole
 * plugin is rejected (§4.1, §5.2, §5.3); narrower failures end up in `skipped` or `warnings`.
 */
export async function loadAgentPlugin(directory: string, dataDir: string): Promise<AgentPlugin> {
  const root = realPathOf(directory);
  const json = await readComponent(root, 'plugin.json');
  if (json === undefined) {
    const todo = 'Put the manifest of the package there, or correct the path';
    throw pluginInvalid(join(root, 'plugin.json'), { path: [], problem: 'does not exist', todo });
  }
  const { manifest, warnings } = await readPluginJson(json);
  const extension = await readExtension(json, manifest.extensions?.[extensionNamespace]);
  const servers = new Map<string, ServerEntry>();
  const skipped = new Map<string, NexusError>();
  try {
    const mcp = await readComponent(root, 'mcp.json');
    if (mcp !== undefined) await readServers(mcp, { root, dataDir }, servers, skipped);
  } catch (error) {
    // §7.2.2 rule 2 and §6.2: a bad mcp.json disables MCP and nothing else.
    if (!(error instanceof NexusError)) throw error;
    skipped.set('', error);
  }
  return { root, name: manifest.name, extension, servers, skipped, warnings };
}

/** The error for one problem of a file of the package. */
export function pluginInvalid(file: string, { path, problem, todo }: FileProblem): NexusError {
  return new NexusError('PLUGIN_INVALID', { file, key: spellPath(path), problem, todo });
}

/** A file at its fixed location: undefined when absent; throws when it leads out or is no regular file (§4.1, §6.2). */
async function readComponent(root: string, name: string): Promise<Json | undefined> {
  const file = join(root, name);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const real = realPathInside(root, file);
  const fail = (problem: string, todo: string): NexusError =>
    pluginInvalid(file, { path: [], problem, todo });
  if (real === undefined)
    throw fail('leads out of the plugin directory', 'Put the file itself there, not a link');
  if (statSync(real, { throwIfNoEntry: false })?.isFile() !== true)
    throw fail('is not a regular file', 'Put a JSON file there');
  const text = readText(real, fail);
  const json = await readJsonText(text);
  if (!json.ok) throw pluginInvalid(`${file}${json.place}`, json.problem);
  return { file, text, value: json.value };
}

function readText(file: string, fail: (problem: string, todo: string) => NexusError): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw fail(`cannot be read (${code})`, 'Make it readable for the user the kernel runs as');
  }
}

/** §5.2: unknown top-level keys and an `extensions` that is no object are reported and ignored; all else is fatal. */
async function readPluginJson(
  json: Json,
): Promise<{ manifest: z.infer<typeof pluginJsonSchema>; warnings: string[] }> {
  const warnings: string[] = [];
  let { value } = json;
  if (isRecord(value)) {
    const known = Object.keys(pluginJsonSchema.shape);
    for (const key of Object.keys(value).filter((written) => !known.includes(written))) {
      const meant = nearestWord(key, known);
      warnings.push(
        `${json.file}: "${key}" is not a known key and is ignored${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
      );
    }
    if ('extensions' in value && !isRecord(value['extensions'])) {
      warnings.push(`${json.file}: "extensions" is not an object and is ignored`);
      const { extensions: _ignored, ...rest } = value;
      value = rest;
    }
  }
  return { manifest: await check(pluginJsonSchema, value, json, []), warnings };
}

/** Our own namespace is checked to the last key: a misspelled permission must not pass in silence (§8.1 leaves it to us). */
async function readExtension(json: Json, value: unknown): Promise<NexusExtension> {
  if (value === undefined) return {};
  return check(nexusExtensionSchema, value, json, ['extensions', extensionNamespace]);
}

/** §7.2.2 rules 2 to 4: the file as a whole first, then every server for itself. */
async function readServers(
  json: Json,
  folders: { readonly root: string; readonly dataDir: string },
  servers: Map<string, ServerEntry>,
  skipped: Map<string, NexusError>,
): Promise<void> {
  const { mcpServers } = await check(mcpJsonSchema, json.value, json, []);
  for (const [name, value] of Object.entries(mcpServers)) {
    const checked = checkServer(value, folders);
    if (checked.ok) servers.set(name, checked.server);
    else {
      const problem = { ...checked.problem, path: ['mcpServers', name, ...checked.problem.path] };
      const place = await placeOf(json.text, problem.path);
      skipped.set(name, pluginInvalid(`${json.file}${place}`, problem));
    }
  }
}

async function check<T extends z.ZodType>(
  schema: T,
  value: unknown,
  { file, text }: Json,
  at: readonly PropertyKey[],
): Promise<z.infer<T>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw parsed.error;
  const problem = explainIssue(issue, value, inputSchemaOf(schema));
  const path = [...at, ...problem.path];
  throw pluginInvalid(`${file}${await placeOf(text, path)}`, { ...problem, path });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
