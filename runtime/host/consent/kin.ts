import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { ConsentSubject } from '../../contract/consent.ts';
import { manifestSchema, type Manifest } from '../../contract/manifest.ts';
import { realPathOf } from '../discover/contained-path.ts';
import { findScript } from '../discover/find-script.ts';
import { isNpxCommand, parseNpxCommand } from '../discover/packages/npx-command.ts';
import type { PathPlaces } from '../discover/placeholders.ts';
import { startChanges } from './compare.ts';
import type { LockEntry } from './lock-entry.ts';
import { pinnedSourceOf, sourceChange } from './pinned-source.ts';

type Started = Pick<ConsentSubject, 'manifest' | 'source'>;

/**
 * Stands for what a source would run, whatever its arguments, variables and version: a package, a file, a folder or an
 * address. A hash, as the lock file is shared and paths of one machine are nobody's business. Undefined for what is no source.
 */
function originOf(source: unknown, manifestsDir: string): string | undefined {
  const parsed = manifestSchema.shape.source.safeParse(source);
  if (!parsed.success) return undefined;
  return createHash('sha256').update(originOfSource(parsed.data, manifestsDir)).digest('hex');
}

/** What is on record of a plugin that nobody has agreed to yet. */
export function waitingEntry(
  source: unknown,
  manifestsDir: string,
  inherits: readonly string[] = [],
): LockEntry {
  const origin = originOf(source, manifestsDir);
  return {
    state: 'waiting',
    ...(origin === undefined ? {} : { origin }),
    ...(inherits.length === 0 ? {} : { inherits: [...inherits] }),
  };
}

function originOfSource(source: Manifest['source'], manifestsDir: string): string {
  const fileOf = (path: string): string => realPathOf(resolve(manifestsDir, path));
  if ('plugin' in source)
    return `plugin ${source.plugin.includes('/') ? fileOf(source.plugin) : source.plugin}`;
  if ('mcpb' in source) return `mcpb ${source.sha256}`;
  if ('url' in source) {
    const url = URL.parse(source.url);
    return `url ${url === null ? source.url : `${url.host}${url.pathname}`}`;
  }
  const { command, args } = source;
  const npx = isNpxCommand(command, args) ? parseNpxCommand(command, args) : undefined;
  if (npx !== undefined && 'name' in npx) return `npm ${npx.name}`;
  const script = findScript(basename(command), args);
  if (typeof script !== 'string') return `file ${fileOf(args[script.index] ?? '')}`;
  // Without a script it is the program that counts; of an interpreter, the code or the module among its arguments.
  return command.includes('/') ? `file ${fileOf(command)}` : `command ${[command, ...args].join(' ')}`;
}

/**
 * Whether another plugin has this source and waits for a person: it was imported and nobody agreed to it, or what it
 * runs or asks for by now is not what was agreed to. Under another name it must not pass for a manifest that the
 * operator wrote: it was renamed, or copied.
 */
export function hasWaitingKin(
  entries: ReadonlyMap<string, LockEntry>,
  { manifest, source }: Started,
  places: PathPlaces,
): boolean {
  const origin = originOf(manifest.source, places.manifestsDir);
  const pinned = pinnedSourceOf(manifest, source);
  return [...entries].some(([name, entry]) => {
    if (name === manifest.name) return false;
    if (entry.state === 'waiting') return entry.origin !== undefined && entry.origin === origin;
    if (entry.changes === 'follow' || sourceChange(entry.source, pinned) !== null) return false;
    // Not all of it may have been looked at: then it has to be.
    if (source.contentHash === null) return true;
    const changes = startChanges(entry, { manifest, source }, places);
    // A second manifest of the same code may grant what it likes; one that took the place of another was renamed.
    const isRenamed = !existsSync(join(places.manifestsDir, `${name}.json`));
    return changes.some(({ kind }) => isRenamed || kind === 'artifact');
  });
}
