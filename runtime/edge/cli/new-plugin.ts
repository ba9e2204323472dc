import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { pluginNameSchema, type Permissions } from '../../contract/manifest.ts';
import { extensionNamespace, nexusExtensionSchema, pluginJsonSchema } from '../../contract/plugin-package.ts';
import { usage, wordAt, type Given } from './command-line.ts';

/** What `nexus plugin add` was told, as the beginning of a manifest. */
export interface NewPlugin {
  readonly name: string;
  /** A source as it is written in a manifest, without defaults. */
  readonly source: Readonly<Record<string, unknown>>;
  /** What the package asks for; only the manifest grants, and a new one grants nothing. */
  readonly asks?: Permissions;
}

/** Reads the four forms of `nexus plugin add`. Throws USAGE. */
export function readNewPlugin(given: Given): NewPlugin {
  const what = wordAt(given, 0);
  const { url } = given.values;
  if (given.rest !== undefined) {
    if (url !== undefined) throw usage('Give a command or --url, not both');
    return { name: checkName(what), source: commandSource(given.rest) };
  }
  if (url !== undefined) return { name: checkName(what), source: { url } };
  if (statSync(what, { throwIfNoEntry: false })?.isDirectory() === true) return fromDirectory(resolve(what));
  const parts = /^(?<name>(?:@[\w.~-]+\/)?[\w.~-]+)@(?<version>\d[\w.+-]*)$/.exec(what)?.groups;
  if (parts !== undefined) return fromPackage(parts['name'] ?? '', what);
  const todo = 'a folder, an npm package as in name@1.2.3, or NAME followed by -- COMMAND or --url URL';
  throw usage(`"${what}" is none of these: ${todo}`);
}

function checkName(name: string): string {
  const checked = pluginNameSchema.safeParse(name);
  if (checked.success) return name;
  throw usage(`The name "${name}" ${checked.error.issues[0]?.message ?? 'is not allowed'}`);
}

/** Paths are given from where the person is; a manifest reads them from its own folder. */
function commandSource([command, ...args]: readonly string[]): Readonly<Record<string, unknown>> {
  if (command === undefined) throw usage('The command after "--" is missing');
  const program = command.includes('/') ? resolve(command) : command;
  // After npx come package names and the server's own arguments, which the server reads in its own way.
  const isNpx = basename(command) === 'npx';
  return { command: program, args: args.map((arg) => (!isNpx && isFile(arg) ? resolve(arg) : arg)) };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function fromPackage(name: string, spec: string): NewPlugin {
  const last = name.slice(name.indexOf('/') + 1);
  return { name: nameFrom(last, spec), source: { command: 'npx', args: ['-y', spec] } };
}

function fromDirectory(dir: string): NewPlugin {
  const file = join(dir, 'plugin.json');
  if (!existsSync(file)) throw usage(`${dir} holds no plugin.json, so it is no Agent Plugins directory`);
  const { name, asks } = readPackage(file);
  return { name: nameFrom(name, dir), source: { plugin: dir }, ...(asks === undefined ? {} : { asks }) };
}

/** Only what is needed here; whether the package is sound is for the kernel to say. */
function readPackage(file: string): { readonly name: string; readonly asks: Permissions | undefined } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
    throw usage(`${file} cannot be read`);
  }
  const parsed = pluginJsonSchema.pick({ name: true, extensions: true }).safeParse(json);
  if (!parsed.success) throw usage(`${file}: ${parsed.error.issues[0]?.message ?? 'is not a package'}`);
  const asked = nexusExtensionSchema.safeParse(parsed.data.extensions?.[extensionNamespace]);
  return { name: parsed.data.name, asks: asked.data?.permissions };
}

function nameFrom(given: string, what: string): string {
  const name = given
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  if (pluginNameSchema.safeParse(name).success) return name;
  throw usage(`No plugin name can be made of "${what}"; use "nexus plugin add NAME -- COMMAND"`);
}
