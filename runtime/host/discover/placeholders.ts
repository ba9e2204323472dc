import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { CommandSource, ManifestFile, Permissions, UrlSource } from '../../contract/manifest.ts';
import type { FileProblem } from './explain-issue.ts';

/** What `${workspace}`, `${data}` and `${home}` stand for in permitted paths. */
export interface PathPlaces {
  /** Folder of the manifest: relative paths start there. */
  readonly manifestsDir: string;
  readonly workspaceDir: string;
  /** The plugin's own data directory. */
  readonly pluginDataDir: string;
}

const pathPlaceholders = ['workspace', 'data', 'home'];
const envReference = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Permissions with every `${…}` filled in and every path absolute. */
export function fillPermissions(permissions: Permissions, places: PathPlaces): Permissions {
  const fill = (path: string): string => {
    const filled = fillPath(path.replace(/^~(?=\/|$)/, '${home}'), places);
    return isAbsolute(filled) ? resolve(filled) : join(places.manifestsDir, filled);
  };
  const { fs } = permissions;
  return { ...permissions, fs: { read: fs.read.map(fill), write: fs.write.map(fill) } };
}

/** A command with `${workspace}`, `${data}` and `${home}` filled in; all other text is the program's own affair. */
export function fillCommand(source: CommandSource, places: PathPlaces): CommandSource {
  const { cwd, env, args } = source;
  return {
    command: fillPath(source.command, places),
    args: args.map((arg) => fillPath(arg, places)),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fillPath(value, places)])),
    ...(cwd === undefined ? {} : { cwd: fillPath(cwd, places) }),
  };
}

function fillPath(text: string, places: PathPlaces): string {
  const values: Readonly<Record<string, string>> = {
    workspace: places.workspaceDir,
    data: places.pluginDataDir,
    home: homedir(),
  };
  return text.replaceAll(/\$\{(workspace|data|home)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Headers with `${env:NAME}` filled in from `environment`; `missing` is the first name that is not set. */
export function fillHeaders(
  headers: UrlSource['headers'],
  environment: NodeJS.ProcessEnv,
): { readonly headers: Record<string, string> } | { readonly missing: string; readonly header: string } {
  const filled: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    const missing = environmentNames(value).find((name) => environment[name] === undefined);
    if (missing !== undefined) return { missing, header };
    filled[header] = value.replaceAll(envReference, (_, name: string) => environment[name] ?? '');
  }
  return { headers: filled };
}

/** Placeholders nobody fills, variables used without permission, headers HTTP cannot carry. */
export function* checkPlaceholders(manifest: ManifestFile): Iterable<FileProblem> {
  for (const access of ['read', 'write'] as const) {
    for (const [index, path] of manifest.permissions.fs[access].entries()) {
      const problem = placeholderProblem(path);
      if (problem === undefined) continue;
      const todo = "Write ${workspace}, ${data} (the plugin's own data folder), ${home} or a path";
      yield { path: ['permissions', 'fs', access, index], problem, todo };
    }
  }
  if ('url' in manifest.source) yield* checkHeaders(manifest.source, manifest.permissions.env);
}

function placeholderProblem(path: string): string | undefined {
  for (const [whole, name, end] of path.matchAll(/\$\{([^}]*)(\}?)/g)) {
    if (end === '') return `has "${whole}", which is not closed`;
    if (!pathPlaceholders.includes(name ?? '')) return `uses ${whole}, which stands for nothing`;
  }
  return undefined;
}

function* checkHeaders({ headers }: UrlSource, permitted: readonly string[]): Iterable<FileProblem> {
  const seen = new Map<string, string>();
  for (const [header, value] of Object.entries(headers)) {
    const path = ['source', 'headers', header];
    if (!isHeader(header, value)) {
      yield { path, problem: 'is not a valid HTTP header', todo: 'Correct its name or its value' };
    }
    const twin = seen.get(header.toLowerCase());
    if (twin !== undefined) {
      yield { path, problem: `is the same header as "${twin}"`, todo: 'Keep one of the two' };
    }
    seen.set(header.toLowerCase(), header);
    const undeclared = environmentNames(value).find((name) => !permitted.includes(name));
    if (undeclared !== undefined) {
      yield {
        path,
        problem: `uses the environment variable ${undeclared}, which is not permitted`,
        todo: `Add "${undeclared}" to permissions.env`,
      };
    }
  }
}

function environmentNames(value: string): readonly string[] {
  return [...value.matchAll(envReference)].map(([, name]) => name ?? '');
}

/** RFC 9110 §5.1 and §5.5. Not node:http's own check: loading that module costs the first scan 18 ms. */
export function isHeader(name: string, value: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
