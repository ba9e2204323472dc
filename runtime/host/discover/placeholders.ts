import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { CommandSource, ManifestFile, Permissions, UrlSource } from '../../contract/manifest.ts';
import type { SettingValue } from '../../contract/setting-option.ts';
import type { FileProblem } from './explain-issue.ts';
import { grantedHost } from './granted-host.ts';

/** What `${settings.KEY}` stands for, of every setting that has a value. */
export type SettingValues = ReadonlyMap<string, SettingValue>;

/** What `${workspace}`, `${data}`, `${home}` and `${settings.KEY}` stand for in commands and permissions. */
export interface PathPlaces {
  /** Folder of the manifest: relative paths start there. */
  readonly manifestsDir: string;
  readonly workspaceDir: string;
  /** The plugin's own data directory. */
  readonly pluginDataDir: string;
  readonly settings?: SettingValues | undefined;
}

const placeholder = /\$\{(?:settings\.([A-Za-z][\w-]*)|(workspace|data|home))\}/g;
const wholeSetting = /^\$\{settings\.([A-Za-z][\w-]*)\}$/;
const envReference = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Permissions with every `${…}` filled in and every path absolute. Throws SETTING_INVALID for a setting that is no host. */
export function fillPermissions(permissions: Permissions, places: PathPlaces): Permissions {
  const { fs, net } = permissions;
  return {
    ...permissions,
    fs: { read: fillPaths(fs.read, places), write: fillPaths(fs.write, places) },
    net: net.flatMap((entry) => fillItem(entry, places).map((filled) => grantedHost(entry, filled))),
  };
}

/** The same of paths alone. */
export function fillPaths(paths: readonly string[], places: PathPlaces): string[] {
  return paths.flatMap((path) =>
    fillItem(path.replace(/^~(?=\/|$)/, '${home}'), places).map((filled) =>
      isAbsolute(filled) ? resolve(filled) : join(places.manifestsDir, filled),
    ),
  );
}

/** An entry of permissions as people are shown it: with what the settings it names stand for now. */
export function spellEntry(entry: string, about: 'fs' | 'net', places: PathPlaces): string {
  if (!entry.includes('${settings.')) return entry;
  const now = about === 'fs' ? fillPaths([entry], places) : fillItem(entry, places);
  return `${entry} (${now.length === 0 ? 'no value yet' : `now ${now.join(', ')}`})`;
}

/** A command with `${workspace}`, `${data}`, `${home}` and `${settings.KEY}` filled in; all other text is the program's own affair. */
export function fillCommand(source: CommandSource, places: PathPlaces): CommandSource {
  const { cwd, env, args } = source;
  return {
    ...source,
    command: fillText(source.command, places),
    args: args.flatMap((arg) => fillItem(arg, places)),
    env: fillEntries(env, places),
    ...(cwd === undefined ? {} : { cwd: fillText(cwd, places) }),
  };
}

/** The address and headers of a remote server with `${settings.KEY}` filled in. */
export function fillRemote({ url, headers }: UrlSource, places: PathPlaces): UrlSource {
  return { url: fillText(url, places), headers: fillEntries(headers, places) };
}

/** An entry that is nothing but a setting without a value is left out. */
function fillEntries(entries: Readonly<Record<string, string>>, places: PathPlaces): Record<string, string> {
  const filled = Object.entries(entries).flatMap(([name, text]) => {
    const isUnset = fillItem(text, places).length === 0;
    return isUnset ? [] : [[name, fillText(text, places)] as const];
  });
  return Object.fromEntries(filled);
}

/** One item of a list: a setting of several texts becomes several, one without a value none. */
function fillItem(text: string, places: PathPlaces): readonly string[] {
  const key = wholeSetting.exec(text)?.[1];
  if (key === undefined) return [fillText(text, places)];
  const value = places.settings?.get(key);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [textOf(value)];
}

/** In one pass: what a value holds is not looked at again. */
function fillText(text: string, places: PathPlaces): string {
  const paths: Readonly<Record<string, string>> = {
    workspace: places.workspaceDir,
    data: places.pluginDataDir,
    home: homedir(),
  };
  return text.replaceAll(placeholder, (whole, key: string | undefined, place = '') =>
    key === undefined ? (paths[place] ?? whole) : textOf(places.settings?.get(key)),
  );
}

/** A value as text: several texts with commas between them. */
export function textOf(value: SettingValue | undefined): string {
  return value === undefined ? '' : String(value);
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
      const todo =
        "Write ${workspace}, ${data} (the plugin's own data folder), ${home}, ${settings.KEY} or a path";
      yield { path: ['permissions', 'fs', access, index], problem, todo };
    }
  }
  if ('url' in manifest.source) yield* checkHeaders(manifest.source, manifest.permissions.env);
}

function placeholderProblem(path: string): string | undefined {
  for (const [whole, name, end] of path.matchAll(/\$\{([^}]*)(\}?)/g)) {
    if (end === '') return `has "${whole}", which is not closed`;
    if (!/^(?:workspace|data|home|settings\..+)$/.test(name ?? ''))
      return `uses ${whole}, which stands for nothing`;
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

/** The key of what settings have made unfit for HTTP. */
export function remoteProblem({ url, headers }: UrlSource): readonly string[] | undefined {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return ['url'];
  const header = Object.entries(headers).find(([name, value]) => !isHeader(name, value));
  return header === undefined ? undefined : ['headers', header[0]];
}
