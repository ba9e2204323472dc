import { statSync } from 'node:fs';
import { join } from 'node:path';
import { mcpServerSchema, type McpServer } from '../../contract/plugin-package.ts';
import { realPathInside } from './contained-path.ts';
import { explainIssue, type FileProblem } from './explain-issue.ts';
import { inputSchemaOf } from './manifest-json-schema.ts';
import { isHeader } from './placeholders.ts';

/** Folders of one installed plugin, both filesystem-resolved: its package and its data (§9.1). */
export interface PluginFolders {
  readonly root: string;
  readonly dataDir: string;
}

/** A usable stdio server of mcp.json, placeholders expanded and paths absolute. */
export interface StdioServer {
  readonly type: 'stdio';
  /** A bare name, or the absolute path of a file of the package. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A usable remote server of mcp.json; everything in it is literal. */
export interface RemoteServer {
  readonly type: 'streamable-http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ServerEntry = StdioServer | RemoteServer;

type Checked =
  { readonly ok: true; readonly server: ServerEntry } | { readonly ok: false; readonly problem: FileProblem };

type Stdio = Extract<McpServer, { type: 'stdio' }>;
type Remote = Exclude<McpServer, Stdio>;

/** Checks one server entry by §7.2.1; `problem.path` is relative to the entry. */
export function checkServer(value: unknown, folders: PluginFolders): Checked {
  const parsed = mcpServerSchema.safeParse(value);
  if (parsed.success) {
    return parsed.data.type === 'stdio' ? checkStdio(parsed.data, folders) : checkRemote(parsed.data);
  }
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw parsed.error;
  const type: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined;
  const option = mcpServerSchema.options.find(({ shape }) => shape.type.value === type);
  if (option === undefined && issue.code === 'invalid_union') {
    const todo = 'Write one of "stdio", "streamable-http", "sse"';
    const problem = type === undefined ? 'is missing' : `is ${JSON.stringify(type)}, which is no transport`;
    return refuse(['type'], problem, todo);
  }
  return { ok: false, problem: explainIssue(issue, value, inputSchemaOf(option ?? mcpServerSchema)) };
}

function checkStdio(server: Stdio, folders: PluginFolders): Checked {
  const reserved = ['PLUGIN_ROOT', 'PLUGIN_DATA'].find((name) => name in server.env);
  if (reserved !== undefined) {
    return refuse(['env', reserved], 'is set by the host (§9.2)', 'Remove it; it is always there');
  }
  const expand = (text: string): string =>
    text.replaceAll(/\$\{PLUGIN_(ROOT|DATA)\}/g, (_, which) =>
      which === 'ROOT' ? folders.root : folders.dataDir,
    );
  const command = checkCommand(server.command, folders.root);
  if (typeof command !== 'string') return { ok: false, problem: command };
  const cwd = checkCwd(server.cwd, folders, expand);
  if (typeof cwd !== 'string') return { ok: false, problem: cwd };
  const env = Object.fromEntries(Object.entries(server.env).map(([name, text]) => [name, expand(text)]));
  return { ok: true, server: { type: 'stdio', command, args: server.args.map(expand), env, cwd } };
}

/** One executable token: a bare name, or `./` and a file that stays in the package; no placeholders (§7.2.1, §4.1). */
function checkCommand(command: string, root: string): string | FileProblem {
  const path = ['command'];
  if (!command.startsWith('./')) {
    const isBare = !command.includes('/') && command !== '.' && command !== '..';
    if (isBare) return command;
    const todo = 'Write the bare name of a program, or a path inside the package that begins with "./"';
    return { path, problem: `is "${command}"`, todo };
  }
  const file = realPathInside(root, join(root, command));
  if (file === undefined) {
    return { path, problem: 'leads out of the plugin directory', todo: 'Put the program into the package' };
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    return { path, problem: `names no file of the package ("${command}")`, todo: 'Correct the path' };
  }
  return file;
}

/** `./…`, `${PLUGIN_ROOT}…` or `${PLUGIN_DATA}…`, expanded before it is resolved, and contained afterwards (§7.2.1). */
function checkCwd(
  cwd: string | undefined,
  { root, dataDir }: PluginFolders,
  expand: (text: string) => string,
): string | FileProblem {
  if (cwd === undefined) return root;
  const path = ['cwd'];
  const form = /^(?:\.\/|\$\{PLUGIN_(ROOT|DATA)\}(?:\/|$))/.exec(cwd);
  if (form === null) {
    const todo = 'Write "./…", "${PLUGIN_ROOT}/…" or "${PLUGIN_DATA}/…"';
    return { path, problem: `is "${cwd}"`, todo };
  }
  const isRelative = cwd.startsWith('./');
  const home = form[1] === 'DATA' ? dataDir : root;
  const real = realPathInside(home, isRelative ? join(root, expand(cwd)) : expand(cwd));
  if (real === undefined) {
    const where = form[1] === 'DATA' ? "the plugin's data directory" : 'the plugin directory';
    return { path, problem: `leads out of ${where}`, todo: 'Write a folder inside it' };
  }
  return real;
}

function checkRemote(server: Remote): Checked {
  const problem = checkUrl(server.url) ?? checkHeaders(server.headers);
  if (problem !== undefined) return { ok: false, problem };
  if (server.type === 'sse') {
    // §7.2.2 rule 4: valid, but a transport this client does not support.
    const todo = 'Offer the server over "streamable-http"; HTTP+SSE has been deprecated since 2025-03-26';
    return refuse(['type'], 'is "sse", a transport this host does not speak', todo);
  }
  return { ok: true, server: { type: server.type, url: server.url, headers: server.headers } };
}

/** Absolute HTTP(S), no user information, no fragment, and HTTPS unless it is loopback (§7.2.1). */
function checkUrl(text: string): FileProblem | undefined {
  const path = ['url'];
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\/[^\s]+$/i.test(text)) {
    return { path, problem: `is "${text}"`, todo: 'Write an absolute http:// or https:// URL' };
  }
  if (text.includes('#')) return { path, problem: 'has a fragment', todo: 'Remove "#" and what follows' };
  if (/^https?:\/\/[^/?]*@/i.test(text)) {
    return { path, problem: 'contains user information', todo: 'Remove what stands before "@"' };
  }
  const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    return { path, problem: 'is not encrypted', todo: 'Write https://; http:// is for loopback only' };
  }
  return undefined;
}

/** Valid HTTP fields, each name once whatever its case; values are taken literally (§7.2.1). */
function checkHeaders(headers: Readonly<Record<string, string>>): FileProblem | undefined {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const path = ['headers', name];
    if (!isHeader(name, value)) {
      return { path, problem: 'is not a valid HTTP header', todo: 'Correct its name or its value' };
    }
    if (seen.has(name.toLowerCase())) {
      return { path, problem: 'is there twice, in different case', todo: 'Keep one of the two' };
    }
    seen.add(name.toLowerCase());
  }
  return undefined;
}

function refuse(path: readonly PropertyKey[], problem: string, todo: string): Checked {
  return { ok: false, problem: { path, problem, todo } };
}
