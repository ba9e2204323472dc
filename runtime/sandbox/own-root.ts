import { ETC_FILES } from './sandbox-files.ts';
import type { Mount, Policy } from './policy/policy.ts';
import type { RuntimeClosure } from './runtime-closure.ts';

/** Where things are in every sandbox that has a root of its own. */
export const INSIDE = {
  node: '/runtime/node',
  prlimit: '/runtime/prlimit',
  egressSocket: '/run/egress.sock',
  egressPreload: '/runtime/egress.cjs',
  forwarder: '/runtime/forwarder.pl',
} as const;

/** Memory file systems are bounded by half of the machine's memory unless they are told otherwise. */
export const MEMORY_BYTES = { shm: 16 * 1024 * 1024, tmp: 64 * 1024 * 1024, dev: 65_536 } as const;

/** The runtime as mounts; `policy.mounts` come after them, so that grants below /tmp show. */
export function runtimeMounts(policy: Policy, closure: RuntimeClosure, etcDir: string): Mount[] {
  const door = policy.network;
  return [
    ...(policy.wholeSystem ? closure.system : closure.libraries),
    readable(closure.nodePath, INSIDE.node),
    readable(closure.prlimitPath, INSIDE.prlimit),
    ...ETC_FILES.map((name) => readable(`${etcDir}/${name}`, `/etc/${name}`)),
    ...(door === null
      ? []
      : [
          readable(door.socketPath, INSIDE.egressSocket),
          readable(door.preload, INSIDE.egressPreload),
          readable(door.forwarder, INSIDE.forwarder),
        ]),
  ];
}

/** The complete environment in a sandbox with a root of its own. */
export function ownRootEnvironment(policy: Policy): Record<string, string> {
  return {
    PATH: policy.wholeSystem ? '/runtime:/usr/local/bin:/usr/bin:/bin' : '/runtime',
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    ...policy.env,
  };
}

function readable(source: string, target: string): Mount {
  return { source, target, writable: false };
}
