import { isAbsolute } from 'node:path';
import type { ImportRequest } from '../../contract/import.ts';
import type { Permissions } from '../../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import type { Candidate, Wish } from './candidate.ts';

type Allow = ImportRequest['allow'];

/** The permissions a manifest has written, as far as they are sound. */
export type WrittenPermissions = Pick<Permissions, 'net' | 'exec'> & { readonly fs: Permissions['fs'] };

/** The least a candidate gets, and what the person grants: folders its user chooses may be read, and nothing else. */
export function permissionsOf({ chosen }: Candidate, allow: Allow): WrittenPermissions {
  const write = [...new Set(allow.write)];
  const read = [...new Set([...chosen, ...allow.read])].filter((path) => !write.includes(path));
  return { fs: { read, write }, net: [...new Set(allow.net)], exec: allow.exec };
}

/** Both together. */
export function joinPermissions(one: WrittenPermissions, other: WrittenPermissions): WrittenPermissions {
  const write = both(one.fs.write, other.fs.write);
  const read = both(one.fs.read, other.fs.read).filter((path) => !write.includes(path));
  return { fs: { read, write }, net: both(one.net, other.net), exec: one.exec || other.exec };
}

function both(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])];
}

/** Permissions as they are written: what is not granted is not mentioned. */
function writePermissions({ fs, net, exec }: WrittenPermissions): JsonObject {
  const files = {
    ...(fs.read.length === 0 ? {} : { read: fs.read }),
    ...(fs.write.length === 0 ? {} : { write: fs.write }),
  };
  return {
    ...(Object.keys(files).length === 0 ? {} : { fs: files }),
    ...(net.length === 0 ? {} : { net }),
    ...(exec ? { exec } : {}),
  };
}

/**
 * The manifest that is written for a candidate. Of one that is there already everything stays that the import does
 * not speak of: limits, tools, prefix, and what was granted.
 */
export function manifestOf(
  candidate: Candidate,
  permissions: WrittenPermissions,
  present: JsonObject = {},
): JsonObject {
  const { source, settings } = candidate;
  const written = writePermissions(permissions);
  const { permissions: before, source: _source, settings: _settings, ...rest } = present;
  const kept = isJsonObject(before) && 'env' in before ? { env: before['env'] } : {};
  const granted = { ...written, ...kept };
  return {
    ...rest,
    source,
    ...(Object.keys(granted).length === 0 ? {} : { permissions: granted }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
}

/** What a candidate seems to need and is not granted, with the option that would grant it. */
export function needsOf({ wishes }: Candidate, { fs, net, exec }: WrittenPermissions) {
  const isOpen = ({ kind, value }: Wish): boolean => {
    if (kind === 'exec') return !exec;
    if (kind === 'net') return !net.includes(value);
    const granted = kind === 'write' ? fs.write : [...fs.read, ...fs.write];
    return !granted.some((path) => path === value || (isAbsolute(path) && value.startsWith(`${path}/`)));
  };
  return wishes.filter(isOpen).map(({ kind, value, why }) => ({
    text: needText(kind, value, why),
    flag: value === '' ? `--allow-${kind}` : `--allow-${kind} ${quoted(value)}`,
  }));
}

function needText(kind: Wish['kind'], value: string, why: string): string {
  if (kind === 'exec') return `To start other programs: ${why}`;
  if (kind === 'net') return `To connect to ${value}: ${why} it`;
  if (kind === 'write') return `To read and write ${value}: ${why}`;
  return `To read ${value}: ${why}; "--allow-write" lets it change things there too`;
}

function quoted(value: string): string {
  return /^[\w@%+=:,./~-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
