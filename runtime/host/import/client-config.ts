import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { spellPath } from '../discover/explain-issue.ts';
import { importInvalid, type Candidate } from './candidate.ts';
import { commandCandidate, remoteCandidate, type Described } from './command-candidate.ts';
import { ClientSettings, readInputs, type Inputs } from './client-settings.ts';
import { readPart, type JsonSource } from './json-source.ts';
import { isVariableName } from './literal-secrets.ts';
import type { ImportMachine } from './machine.ts';

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
      const writtenAt = { name, path: spellPath([found.key, each]) };
      return { ...readServer(each, server, { name, dir, inputs, machine }), writtenAt };
    });
}

interface Context {
  readonly name: string;
  readonly dir: string | undefined;
  readonly inputs: Inputs;
  readonly machine: ImportMachine;
}

function readServer(
  givenName: string,
  server: z.infer<typeof serverSchema>,
  { name, dir, inputs, machine }: Context,
): Candidate {
  const placeholders = new ClientSettings(inputs);
  const fill = (text: string): string => placeholders.fill(text);
  const fillAll = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fill(text)]));
  const ignored = Object.keys(server).filter((key) => !known.has(key));
  const warnings = [
    ...(ignored.length === 0 ? [] : [`These keys of the file mean nothing here: ${ignored.join(', ')}`]),
    ...(server.envFile === undefined
      ? []
      : [`Its variables in ${server.envFile} are not taken over: set them as settings`]),
  ];
  /** With what was filled in by then. */
  const described = (): Described => ({
    kind: 'client-config',
    givenName,
    settings: placeholders.settings,
    warnings: [...warnings, ...placeholders.warnings],
  });
  const { command, url } = server;
  if (command !== undefined) {
    const env = withoutOwnVariables(fillAll(server.env));
    const cwd = server.cwd === undefined ? undefined : fill(server.cwd);
    const line = { command: fill(command), args: server.args.map(fill), env, cwd, baseDir: dir };
    const candidate = commandCandidate({ ...described(), ...line }, machine);
    return { ...candidate, values: { ...placeholders.values, ...candidate.values } };
  }
  if (url === undefined) {
    throw importInvalid(name, `server "${givenName}" has neither "command" nor "url"`, 'Add one of them');
  }
  if (server.type === 'sse') {
    const problem = 'it speaks HTTP+SSE, which was replaced in 2025';
    const todo = 'Ask its operator for the Streamable HTTP address and use "nexus plugin add NAME --url URL"';
    return { ...remoteCandidate({ ...described(), url, headers: {} }), obstacle: { problem, todo } };
  }
  const address = { url: fill(url), headers: fillAll(server.headers) };
  const remote = remoteCandidate({ ...described(), ...address });
  return { ...remote, values: { ...placeholders.values, ...remote.values } };
}

/** `"API_KEY": "${settings.API_KEY}"` says what happens anyway. */
function withoutOwnVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name, text]) => text !== `\${settings.${name}}` || !isVariableName(name)),
  );
}
