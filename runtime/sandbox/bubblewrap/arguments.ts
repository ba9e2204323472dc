import type { Mount, Policy } from '../policy/policy.ts';
import type { RuntimeClosure } from '../runtime-closure.ts';

/** Where things are inside every sandbox that has a root of its own. */
export const INSIDE = { node: '/runtime/node', prlimit: '/runtime/prlimit' } as const;

/** /dev/shm and /tmp are memory: without a size they hold half of the machine's. */
const SHM_BYTES = 16 * 1024 * 1024;
const TMP_BYTES = 64 * 1024 * 1024;

const ISOLATION = (
  '--unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup-try --unshare-net --disable-userns ' +
  '--die-with-parent --new-session --hostname plugin --cap-drop ALL --clearenv'
).split(' ');
const KERNEL_FILE_SYSTEMS = (
  `--proc /proc --dev /dev --size ${SHM_BYTES} --tmpfs /dev/shm --remount-ro /dev ` +
  `--size ${TMP_BYTES} --tmpfs /tmp`
).split(' ');
/** /proc/sys is writable for host root even without capabilities; the root is a tmpfs of the sandbox itself. */
const READ_ONLY = '--remount-ro /proc --remount-ro /'.split(' ');

/** bwrap's options for a policy; they go through `--args` because they hold the environment. */
export function bubblewrapArguments(policy: Policy, closure: RuntimeClosure, etcDir: string): string[] {
  const runtime = policy.wholeSystem
    ? [
        ...closure.system.flatMap(bind),
        ...closure.systemLinks.flatMap((link) => ['--symlink', link.target, link.path]),
      ]
    : closure.libraries.flatMap(bind);
  const path = policy.wholeSystem ? '/runtime:/usr/local/bin:/usr/bin:/bin' : '/runtime';
  return [
    ...ISOLATION,
    ...runtime,
    '--ro-bind',
    closure.nodePath,
    INSIDE.node,
    '--ro-bind',
    closure.prlimitPath,
    INSIDE.prlimit,
    ...['hosts', 'passwd', 'nsswitch.conf'].flatMap((f) => ['--ro-bind', `${etcDir}/${f}`, `/etc/${f}`]),
    ...KERNEL_FILE_SYSTEMS,
    ...policy.mounts.flatMap(bind),
    ...READ_ONLY,
    '--chdir',
    policy.cwd,
    ...Object.entries({ PATH: path, ...policy.env }).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

function bind(mount: Mount): string[] {
  return [mount.writable ? '--bind' : '--ro-bind', mount.source, mount.target];
}
