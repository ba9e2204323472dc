import { MEMORY_BYTES, ownRootEnvironment, runtimeMounts } from '../own-root.ts';
import type { Mount, Policy } from '../policy/policy.ts';
import type { RuntimeClosure } from '../runtime-closure.ts';

/** What this machine's bubblewrap can do. */
export interface BubblewrapFeatures {
  readonly path: string;
  /** In containers that mask parts of /proc no other /proc can be mounted; the host's is never shown instead. */
  readonly proc: boolean;
  /** Older than 0.8 it cannot, and the seccomp filter alone refuses further user namespaces. */
  readonly disableUserns: boolean;
}

const ISOLATION = (
  '--unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup-try --unshare-net ' +
  '--die-with-parent --new-session --hostname plugin --cap-drop ALL --clearenv'
).split(' ');

/**
 * bwrap's options for a policy; they go through `--args` because they hold the environment. `mountFds` are the
 * descriptors in bwrap that hold the sources of `policy.mounts`.
 */
export function bubblewrapArguments(
  policy: Policy,
  features: BubblewrapFeatures,
  closure: RuntimeClosure,
  etcDir: string,
  mountFds: readonly number[],
): string[] {
  const links = policy.wholeSystem ? closure.systemLinks : [];
  return [
    ...ISOLATION,
    ...(features.disableUserns ? ['--disable-userns'] : []),
    ...runtimeMounts(policy, closure, etcDir).flatMap(bind),
    ...links.flatMap((link) => ['--symlink', link.target, link.path]),
    ...(features.proc ? ['--proc', '/proc'] : ['--dir', '/proc']),
    ...`--dev /dev --size ${MEMORY_BYTES.shm} --tmpfs /dev/shm --remount-ro /dev`.split(' '),
    ...`--size ${MEMORY_BYTES.tmp} --tmpfs /tmp`.split(' '),
    ...policy.mounts.flatMap((mount, index) => bindPinned(mount, mountFds[index])),
    // Without capabilities too, host root could write to /proc/sys. The root is a memory file system without a bound.
    ...(features.proc ? ['--remount-ro', '/proc'] : []),
    '--remount-ro',
    '/',
    '--chdir',
    policy.cwd,
    ...Object.entries(ownRootEnvironment(policy)).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

function bind(mount: Mount): string[] {
  return [mount.writable ? '--bind' : '--ro-bind', mount.source, mount.target];
}

function bindPinned(mount: Mount, fd: number | undefined): string[] {
  if (fd === undefined) throw new TypeError(`${mount.target} is not pinned`);
  return [mount.writable ? '--bind-fd' : '--ro-bind-fd', String(fd), mount.target];
}
