import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { messageOf, NexusError, systemCode } from '../../base/errors.ts';
import type { LaunchSpec } from '../../contract/sandbox.ts';
import type { Mount } from './policy.ts';

/** Kernel interfaces and the place where services keep their sockets: no part of them is ever an ordinary file. */
const NEVER_GRANTED = ['/proc', '/sys', '/dev', '/run', '/var/run'];

/** The key of the manifest that asks for a path. */
type Key = 'fs.read' | 'fs.write';

/** Whether `path` is `directory` or lies in it; both without a trailing slash. */
export function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/**
 * The granted paths as mounts. A path must be written as it really is: whoever consents must see what is meant, and a
 * link that a plugin can replace must never decide what another start of it may read.
 * Rejects with PERMISSION_REFUSED, which names the key and what to write.
 */
export async function resolveGrants(spec: LaunchSpec, protectedPaths: readonly string[]): Promise<Mount[]> {
  const { read, write } = spec.permissions.fs;
  const [readable, writable] = await Promise.all([
    Promise.all(read.map((path) => resolveGrant(spec, 'fs.read', path, protectedPaths))),
    Promise.all(write.map((path) => resolveGrant(spec, 'fs.write', path, protectedPaths))),
  ]);
  for (const { source } of readable) {
    const outer = writable.find((grant) => grant.source !== source && isWithin(grant.source, source));
    if (outer !== undefined) {
      throw refusal(spec, 'fs.read', source, {
        problem: `it lies in "${outer.source}", which the plugin may write, so that it could replace it`,
        todo: 'Remove it, or grant "fs.write" more narrowly',
      });
    }
  }
  // Written twice is granted once, and write covers read.
  return [...new Map([...readable, ...writable].map((grant) => [grant.source, grant])).values()];
}

async function resolveGrant(
  spec: LaunchSpec,
  key: Key,
  given: string,
  protectedPaths: readonly string[],
): Promise<Mount> {
  const refuse = (problem: string, todo: string): NexusError => refusal(spec, key, given, { problem, todo });
  if (!isAbsolute(given)) {
    throw refuse('it is not an absolute path', 'Write one that starts with "/", "${workspace}" or "${home}"');
  }
  const path = resolve(given);
  const real = await realpath(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw refuse(messageOf(error), 'Check the path and its permissions');
    throw refuse('it does not exist', `Create it, or remove it from permissions.${key}`);
  });
  if (real !== path) throw refuse(`it is a link to "${real}"`, `Write "${real}"`);
  if (path === '/') throw refuse('it is the whole machine', 'Name the directories that are needed');
  if (NEVER_GRANTED.some((place) => isWithin(place, path))) {
    throw refuse('it belongs to the system', 'Remove it');
  }
  const own = [spec.dataDir, ...spec.packageDirs];
  const hit = protectedPaths.find(
    (place) => isWithin(path, place) || (isWithin(place, path) && !own.some((dir) => isWithin(dir, path))),
  );
  if (hit !== undefined) {
    throw refuse(`"${hit}" belongs to Nexus itself`, 'Name directories that do not contain or lie in it');
  }
  const code = spec.packageDirs.find((dir) => isWithin(path, dir) || isWithin(dir, path));
  if (key === 'fs.write' && code !== undefined) {
    throw refuse(`"${code}" is the plugin's own code`, 'Let it write elsewhere, such as its data directory');
  }
  const isSocket = (await stat(path)).isSocket();
  if (isSocket && key === 'fs.read') {
    throw refuse('it is a socket: to reach it is to command the service behind it', 'Grant "fs.write" if so');
  }
  return { source: path, target: path, writable: key === 'fs.write', isSocket };
}

function refusal(
  spec: LaunchSpec,
  key: Key,
  path: string,
  why: { readonly problem: string; readonly todo: string },
): NexusError {
  return new NexusError('PERMISSION_REFUSED', {
    plugin: spec.plugin,
    permission: `permissions.${key} "${path}"`,
    ...why,
  });
}
