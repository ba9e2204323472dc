import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { NexusError, systemCode } from '../../base/errors.ts';
import { redact, redactText } from '../../base/redact.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { exactVersion, isNpxCommand, parseNpxCommand } from '../discover/packages/npx-command.ts';
import type { WrittenPermissions } from './planned-manifest.ts';

/** A plugin of a name that an import would give. */
export interface PresentPlugin {
  readonly file: string;
  /** Its manifest as it is written; undefined when there is none. */
  readonly manifest: JsonObject | undefined;
}

/** The manifest of a plugin as it stands. Throws PLUGIN_EXISTS when there is one that cannot be understood. */
export function readPresent(manifestsDir: string, plugin: string): PresentPlugin {
  const file = join(manifestsDir, `${plugin}.json`);
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isJsonObject(manifest)) return { file, manifest };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { file, manifest: undefined };
    if (systemCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
  }
  throw new NexusError('PLUGIN_EXISTS', { plugin, file });
}

const texts = z.array(z.string()).catch([]);
const permissionsSchema = z
  .object({
    fs: z.object({ read: texts, write: texts }).catch({ read: [], write: [] }),
    net: texts,
    exec: z.boolean().catch(false),
  })
  .catch({ fs: { read: [], write: [] }, net: [], exec: false });

/** What a written manifest grants. */
export function permissionsIn(manifest: JsonObject): WrittenPermissions {
  return permissionsSchema.parse(manifest['permissions']);
}

/** How what is wanted differs from what is written, in words; nothing when they are the same. */
export function differencesOf(present: JsonObject, wanted: JsonObject): readonly string[] {
  const keys = ['source', 'settings', 'permissions'].flatMap((part) =>
    keysOf(part, present[part], wanted[part]),
  );
  return keys.filter(({ before, after }) => !isDeepStrictEqual(before, after)).map(tell);
}

interface Compared {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

function keysOf(part: string, before: unknown, after: unknown): readonly Compared[] {
  const [one, other] = [before, after].map((value) => (isJsonObject(value) ? value : {}));
  if (one === undefined || other === undefined) return [];
  const pair = part === 'source' ? pinnedPair(one, other) : { before: one, after: other };
  return [...new Set([...Object.keys(pair.before), ...Object.keys(pair.after)])].map((key) => ({
    key: `${part}.${key}`,
    before: pair.before[key],
    after: pair.after[key],
  }));
}

/** An npx line is written with the version and integrity that were found; asked for again without, it is the same. */
function pinnedPair(
  before: JsonObject,
  after: JsonObject,
): { readonly before: JsonObject; readonly after: JsonObject } {
  const [one, other] = [npxOf(before), npxOf(after)];
  if (one === undefined || other === undefined) return { before: withArgs(before), after: withArgs(after) };
  const isLoose = exactVersion(other.spec) === undefined && one.name === other.name;
  const { integrity: _pinned, ...rest } = before;
  const args = isLoose ? other.args.map((arg) => (arg === other.spec ? one.spec : arg)) : other.args;
  return { before: withArgs(rest), after: { ...withArgs(after), args } };
}

/** Written without arguments or with none is the same. */
function withArgs(source: JsonObject): JsonObject {
  return 'command' in source ? { args: [], ...source } : source;
}

function npxOf({ command, args }: JsonObject) {
  const words = z.array(z.string()).safeParse(args).data;
  if (typeof command !== 'string' || words === undefined || !isNpxCommand(command, words)) return undefined;
  const parsed = parseNpxCommand(command, words);
  return 'problem' in parsed ? undefined : { ...parsed, args: words };
}

function tell({ key, before, after }: Compared): string {
  if (before === undefined) return `${key} is new: ${spell(after)}`;
  if (after === undefined) return `${key} is gone; it was ${spell(before)}`;
  return `${key} was ${spell(before)} and would be ${spell(after)}`;
}

function spell(value: unknown): string {
  const shown = Array.isArray(value) ? value.map(withoutSecrets) : withoutSecrets(value);
  const text = JSON.stringify(shown) ?? '';
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** The reference in `--token=${settings.token}` is no secret, and is what a person has to see. */
function withoutSecrets(value: unknown): unknown {
  const [, start, reference] =
    typeof value === 'string' ? (/^([^]*)(\$\{settings\.[\w-]+\})$/.exec(value) ?? []) : [];
  return start === undefined || reference === undefined ? redact(value) : redactText(start) + reference;
}
