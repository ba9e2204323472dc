import { createHash } from 'node:crypto';
import { basename, sep } from 'node:path';
import { z } from 'zod';
import { redactText } from '../../base/redact.ts';
import type { HeldChange } from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import type { PreparedSource } from '../../contract/plugin-package.ts';
import { findScript } from '../discover/find-script.ts';
import { systemDirs } from '../discover/program-folder.ts';
import { isNpxCommand } from '../discover/packages/npx-command.ts';
import { sorted } from '../../base/canonical-json.ts';
import { namedDefaults, variableDefaults } from './setting-defaults.ts';
import { compareTexts, visible } from './readable.ts';

/** Where a plugin comes from and how it is started, as it is kept in the lock file: without secrets, by the manifest's keys. */
export const pinnedSourceSchema = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())]),
);
export type PinnedSource = z.infer<typeof pinnedSourceSchema>;

/** Values of these are often secrets: their digests tell a change as well. */
const secretKeys = new Set(['env', 'headers']);
const digestLength = 32;

/** The source of a manifest as it is pinned. Of a package that only names a remote server, its address too. */
export function pinnedSourceOf({ source, settings }: Manifest, prepared: PreparedSource): PinnedSource {
  const pinned: PinnedSource = {};
  const remote = prepared.kind === 'remote' && !('url' in source) ? { url: prepared.url } : {};
  for (const [key, value] of Object.entries({
    ...source,
    ...remote,
    defaults: { ...namedDefaults(source, settings), ...('url' in source ? {} : variableDefaults(settings)) },
  })) {
    const text = pinnedValue(key, value);
    if (text !== undefined) pinned[key] = text;
  }
  return pinned;
}

/** The change of a source from what was agreed to; null when it is the same. */
export function sourceChange(agreed: PinnedSource, now: PinnedSource): HeldChange | null {
  const keys = [...new Set([...Object.keys(agreed), ...Object.keys(now)])];
  const changed = keys.filter(
    (key) => JSON.stringify(sorted(agreed[key])) !== JSON.stringify(sorted(now[key])),
  );
  if (changed.length === 0) return null;
  const [before, after] = [readableSource(agreed), readableSource(now)];
  const text = `It is started in another way than was agreed to: ${changed.sort().join(', ')} changed`;
  return { kind: 'source', subject: changed.join(', '), ...compareTexts(before, after), text };
}

/** Folders that installers fill. */
const installedNames = new Set(['node_modules', 'site-packages']);

/**
 * Whether the code is the operator's own: a package folder or a script that lies where people work, not something that
 * was installed. Own code may be followed while it is being developed.
 */
export function isOwnCode({ source }: Manifest, prepared: PreparedSource): boolean {
  if (prepared.kind !== 'process') return false;
  if ('plugin' in source) return !prepared.packageDirs.slice(0, 1).some(isInstalled);
  if (!('command' in source) || isNpxCommand(source.command, source.args)) return false;
  const script = findScript(basename(source.command), prepared.args);
  if (typeof script === 'string') return false;
  const file = prepared.args[script.index] ?? '';
  return file.startsWith(sep) && !isInstalled(file);
}

function isInstalled(path: string): boolean {
  return systemDirs.test(path) || path.split(sep).some((name) => installedNames.has(name));
}

function pinnedValue(key: string, value: unknown): PinnedSource[string] | undefined {
  if (typeof value === 'string') return withoutSecret(value);
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => withoutSecret(String(item)));
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return undefined;
  const isSecret = secretKeys.has(key);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecret ? digestUnlessReference(String(item)) : withoutSecret(String(item)),
    ]),
  );
}

/** `${settings.TOKEN}` says where a secret is, not what it is. */
function digestUnlessReference(value: string): string {
  return /^(?:\$\{[^}]+\})+$/.test(value) ? value : digest(value);
}

function withoutSecret(value: string): string {
  return redactText(value) === value ? value : digest(value);
}

function digest(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex').slice(0, digestLength)}`;
}

/** A source as one line: the command as it would be typed, the address, or the folder. */
function sourceLine({ command, args, url, plugin, ...more }: PinnedSource): string {
  if (typeof command === 'string') {
    const words = [command, ...(Array.isArray(args) ? args : [])];
    return visible(
      words.map((word) => (/^[\w@%+=:,./${}-]+$/.test(word) ? word : JSON.stringify(word))).join(' '),
    );
  }
  const place = url ?? plugin ?? Object.values(more)[0];
  return visible(typeof place === 'string' ? place : JSON.stringify(place ?? ''));
}

/** What a plugin runs, in one line. Of a package or a bundle, which manifests only name, the command that it comes to. */
export function runLine(manifest: Manifest, prepared: PreparedSource): string {
  const line = sourceLine(pinnedSourceOf(manifest, prepared));
  if (prepared.kind !== 'process' || 'command' in manifest.source) return line;
  const { command, args } = prepared;
  return `${sourceLine({ command, args: args.map(withoutSecret) })} (from ${line})`;
}

/** A source as text, one thing a line. */
export function readableSource(source: PinnedSource): string {
  return Object.entries(source)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => {
      if (typeof value === 'string') return [`${key}: ${value}`];
      if (Array.isArray(value)) return value.map((item) => `${key}: ${item}`);
      return Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, item]) => `${key}.${name}: ${item}`);
    })
    .join('\n');
}
