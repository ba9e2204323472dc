import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { z } from 'zod';
import type { importRequestSchema } from '../../contract/import.ts';
import { pluginNameSchema } from '../../contract/manifest.ts';
import { usage, wordAt, type Given } from './command-line.ts';

/** What is sent to the kernel, without defaults. */
export type NewPlugin = z.input<typeof importRequestSchema>;

/** Reads the forms of `nexus plugin add`. Throws USAGE. */
export function readNewPlugin(given: Given): NewPlugin {
  const { values, lists, switches } = given;
  const { server } = values;
  const { source, name } = readSource(given);
  const allow = {
    read: (lists['allow-read'] ?? []).map(absolutePath),
    write: (lists['allow-write'] ?? []).map(absolutePath),
    net: [...(lists['allow-net'] ?? [])],
    exec: switches.has('allow-exec'),
  };
  return {
    source,
    ...(name === undefined ? {} : { name }),
    ...(server === undefined ? {} : { server }),
    allow,
    settings: Object.fromEntries((lists['set'] ?? []).map(readSetting)),
    update: switches.has('update'),
  };
}

function readSource(given: Given): Pick<NewPlugin, 'source' | 'name'> {
  const what = wordAt(given, 0);
  const { url, name } = given.values;
  const isNamed = given.rest !== undefined || url !== undefined;
  if (given.rest !== undefined && url !== undefined) throw usage('Give a command or --url, not both');
  if (isNamed && name !== undefined) throw usage(`Give the name once: "${what}" or "${name}"`);
  if (given.rest !== undefined) return { name: checkName(what), source: commandSource(given.rest) };
  if (url !== undefined) return { name: checkName(what), source: { url } };
  const named = name === undefined ? {} : { name: checkName(name) };
  if (statSync(what, { throwIfNoEntry: false }) !== undefined)
    return { ...named, source: { file: resolve(what) } };
  if (what.startsWith('https://')) return { ...named, source: { fetch: what } };
  if (/^(?:@[\w.~-]+\/)?[\w.~-]+@\d[\w.+-]*$/.test(what)) return { ...named, source: { package: what } };
  if (/^(?!.*:\/\/)(?:[./~]|.*\.(?:json|mcpb)$)/.test(what))
    throw usage(`There is no file or folder ${resolve(what)}`);
  const todo =
    'a folder, a file, an npm package as in name@1.2.3, an https address, or NAME followed by -- COMMAND or --url URL';
  throw usage(`"${what}" is none of these: ${todo}`);
}

function checkName(name: string): string {
  const checked = pluginNameSchema.safeParse(name);
  if (checked.success) return name;
  throw usage(`The name "${name}" ${checked.error.issues[0]?.message ?? 'is not allowed'}`);
}

/** Paths are given from where the person is; a manifest reads them from its own folder. */
function commandSource([command, ...args]: readonly string[]) {
  if (command === undefined) throw usage('The command after "--" is missing');
  const program = command.includes('/') ? resolve(command) : command;
  // After npx come package names and the server's own arguments, which the server reads in its own way.
  const isNpx = basename(command) === 'npx';
  return { command: program, args: args.map((arg) => (!isNpx && isFile(arg) ? resolve(arg) : arg)) };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** `${workspace}`, `${settings.KEY}` and `~` are for the manifest to fill in. */
function absolutePath(path: string): string {
  return /^(?:\$\{|~(?:\/|$))/.test(path) ? path : resolve(path);
}

function readSetting(text: string): readonly [string, string | number | boolean | string[]] {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`--set is "${text}", not KEY=VALUE`);
  return [text.slice(0, at), readValue(text.slice(at + 1))];
}

/** Numbers, switches and lists are written as JSON, all else as it is. */
function readValue(text: string): string | number | boolean | string[] {
  if (/^(?:true|false|-?\d+(?:\.\d+)?)$/.test(text))
    return Number.isNaN(Number(text)) ? text === 'true' : Number(text);
  if (!text.startsWith('[')) return text;
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text;
}
