import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { importInvalid, type Candidate, type WrittenOption } from './candidate.ts';
import { commandCandidate, remoteCandidate } from './command-candidate.ts';
import { fillReferences } from './client-references.ts';
import { readPart, type JsonSource } from './json-source.ts';
import { isVariableName } from './literal-secrets.ts';
import type { ImportMachine } from './machine.ts';
import { isSecretName } from './secret-name.ts';

const strings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

/** One server of claude_desktop_config.json, .mcp.json, VS Code's mcp.json and those who copied them. */
const serverSchema = z.looseObject({
  type: z.string().optional(),
  command: z.string().min(1).optional(),
  args: z.array(z.union([z.string(), z.number()]).transform(String)).default([]),
  env: strings.default({}),
  cwd: z.string().optional(),
  url: z.string().optional(),
  headers: strings.default({}),
  envFile: z.string().optional(),
});

/** `inputs` of VS Code: what it asks its user once. */
const inputSchema = z.looseObject({
  id: z.string().min(1),
  type: z.string(),
  description: z.string().optional(),
  default: z.string().optional(),
  password: z.boolean().optional(),
  options: z.array(z.union([z.string(), z.looseObject({ value: z.string() })])).optional(),
});
type Input = z.infer<typeof inputSchema>;

/** Keys that say how a client treats a server; here the manifest and the person do. */
const silent = new Set(['type', 'disabled', 'name', 'description', 'timeout', 'tools', 'gallery', 'version']);
const known = new Set([...Object.keys(serverSchema.shape), ...silent]);

/** Where the servers of a client's configuration are in it, or undefined when it is no such file. */
export function serversOf(
  value: unknown,
): { readonly key: string; readonly servers: JsonObject } | undefined {
  if (!isJsonObject(value)) return undefined;
  for (const key of ['mcpServers', 'servers']) {
    const servers = value[key];
    if (isJsonObject(servers)) return { key, servers };
  }
  // User settings of VS Code hold the file under "mcp".
  return serversOf(value['mcp']);
}

/** Every server of a client's configuration file, or the one that is asked for. Throws IMPORT_INVALID. */
export function readClientConfig(
  { name, value, dir }: JsonSource,
  only: string | undefined,
  machine: ImportMachine,
): readonly Candidate[] {
  const found = serversOf(value);
  const names = Object.keys(found?.servers ?? {});
  if (found === undefined || names.length === 0)
    throw importInvalid(name, 'it declares no server', 'Give another file');
  if (only !== undefined && !names.includes(only)) {
    const todo = `Write --server with one of ${names.map((each) => `"${each}"`).join(', ')}`;
    throw importInvalid(name, `it has no server "${only}"`, todo);
  }
  const inputs = readInputs(value, name);
  return names
    .filter((each) => only === undefined || each === only)
    .map((each) => {
      const server = readPart(serverSchema, found.servers[each], name, [found.key, each]);
      return readServer(each, server, { name, dir, inputs, machine });
    });
}

interface Context {
  readonly name: string;
  readonly dir: string | undefined;
  readonly inputs: ReadonlyMap<string, Input>;
  readonly machine: ImportMachine;
}

function readServer(
  givenName: string,
  server: z.infer<typeof serverSchema>,
  { name, dir, inputs, machine }: Context,
): Candidate {
  const settings: Record<string, WrittenOption> = {};
  const values: Record<string, string> = {};
  const fill = (text: string): string =>
    fillReferences(text, (reference) => {
      const { key, option, secret } = optionFor(reference, inputs);
      settings[key] ??= option;
      if (secret !== undefined) values[key] ??= secret;
      return key;
    });
  const fillAll = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fill(text)]));
  const ignored = Object.keys(server).filter((key) => !known.has(key));
  const warnings = [
    ...(ignored.length === 0 ? [] : [`These keys of the file mean nothing here: ${ignored.join(', ')}`]),
    ...(server.envFile === undefined
      ? []
      : [`Its variables in ${server.envFile} are not taken over: set them as settings`]),
  ];
  const described = { kind: 'client-config' as const, givenName, settings, warnings };
  const { command, url } = server;
  if (command !== undefined) {
    const env = withoutOwnVariables(fillAll(server.env));
    const cwd = server.cwd === undefined ? undefined : fill(server.cwd);
    const line = { command: fill(command), args: server.args.map(fill), env, cwd, baseDir: dir };
    const candidate = commandCandidate({ ...described, ...line }, machine);
    return { ...candidate, values: { ...values, ...candidate.values } };
  }
  if (url === undefined) {
    throw importInvalid(name, `server "${givenName}" has neither "command" nor "url"`, 'Add one of them');
  }
  if (server.type === 'sse') {
    const problem = 'it speaks HTTP+SSE, which was replaced in 2025';
    const todo = 'Ask its operator for the Streamable HTTP address and use "nexus plugin add NAME --url URL"';
    return { ...remoteCandidate({ ...described, url, headers: {} }), obstacle: { problem, todo } };
  }
  const remote = remoteCandidate({ ...described, url: fill(url), headers: fillAll(server.headers) });
  return { ...remote, values: { ...values, ...remote.values } };
}

/** `"API_KEY": "${settings.API_KEY}"` says what happens anyway. */
function withoutOwnVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name, text]) => text !== `\${settings.${name}}` || !isVariableName(name)),
  );
}

function readInputs(value: unknown, name: string): ReadonlyMap<string, Input> {
  const holder = isJsonObject(value) && isJsonObject(value['mcp']) ? value['mcp'] : value;
  const written = isJsonObject(holder) ? (holder['inputs'] ?? []) : [];
  return new Map(readPart(z.array(inputSchema), written, name, ['inputs']).map((input) => [input.id, input]));
}

type Reference = Parameters<Parameters<typeof fillReferences>[1]>[0];

/** The setting that stands for what another client would ask for or take from its environment. */
function optionFor(
  { kind, name, fallback }: Reference,
  inputs: ReadonlyMap<string, Input>,
): { readonly key: string; readonly option: WrittenOption; readonly secret: string | undefined } {
  const input = kind === 'input' ? inputs.get(name) : undefined;
  const cleaned = name.replaceAll(/[^A-Za-z0-9_-]+/g, '_');
  const key = /^[A-Za-z]/.test(cleaned) ? cleaned : `key_${cleaned}`;
  const initial = input?.default ?? fallback;
  const choices = input?.options?.map((each) => (typeof each === 'string' ? each : each.value)) ?? [];
  const isSecret = input?.password ?? isSecretName(name);
  const hasInitial = initial !== undefined && initial !== '';
  const option: WrittenOption = {
    type: 'string',
    title: name,
    ...(input?.description === undefined ? {} : { description: input.description }),
    required: isSecret || !hasInitial,
    // A secret never stands in a manifest, not even as a default.
    ...(hasInitial && !isSecret ? { default: initial } : {}),
    ...(isSecret ? { sensitive: true } : {}),
    ...(choices.length === 0 ? {} : { choices }),
  };
  return { key, option, secret: isSecret && hasInitial ? initial : undefined };
}
