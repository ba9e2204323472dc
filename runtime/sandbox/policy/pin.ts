import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { messageOf, NexusError } from '../../base/errors.ts';
import type { Mount, Policy } from './policy.ts';

/** Refers to a file without opening it (fcntl.h); Node has no name for it. */
const O_PATH = 0o10000000;

/** Sources of mounts, held so that nobody can exchange them any more. */
export interface Pins extends Disposable {
  /** One descriptor for each of `policy.mounts`. */
  readonly fds: readonly number[];
}

/**
 * Takes hold of what will be mounted. A running plugin may exchange a directory it can write for a link at any moment,
 * so that a path that was checked says nothing about what a launcher finds there later. Throws PERMISSION_REFUSED.
 */
export function pinMounts(policy: Policy): Pins {
  const fds: number[] = [];
  const release = (): void => {
    for (const fd of fds) closeSync(fd);
  };
  try {
    for (const mount of policy.mounts) fds.push(pin(policy.plugin, mount));
  } catch (error) {
    release();
    throw error;
  }
  return { fds, [Symbol.dispose]: release };
}

function pin(plugin: string, mount: Mount): number {
  let problem = 'it became something else while the plugin started';
  try {
    const fd = openSync(mount.source, O_PATH | constants.O_NOFOLLOW);
    // The last part of a path may be a link: then it is the link that is held.
    if (readlinkSync(`/proc/self/fd/${fd}`) === mount.source && !fstatSync(fd).isSymbolicLink()) return fd;
    closeSync(fd);
  } catch (error) {
    problem = messageOf(error);
  }
  throw new NexusError('PERMISSION_REFUSED', {
    plugin,
    permission: `the path "${mount.source}"`,
    problem,
    todo: 'Start the plugin again, and find out who changes that path',
  });
}
