import { access, readFile } from 'node:fs/promises';
import type { ProbeResult } from '../../contract/sandbox.ts';

/** Why something does not work, and what the operator can do. */
export type Explanation = Pick<ProbeResult, 'reason' | 'remedy'>;

/** Kernel settings that take user namespaces away, with the value that does and the one that gives them back. */
const SWITCHES = [
  { file: '/proc/sys/user/max_user_namespaces', off: '0', name: 'user.max_user_namespaces', on: '15000' },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    off: '0',
    name: 'kernel.unprivileged_userns_clone',
    on: '1',
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    off: '1',
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    on: '0',
  },
];

/** Why namespaces cannot be made here. `message` is what the launcher said. */
export async function explainNamespaces(message: string): Promise<Explanation> {
  for (const { file, off, name, on } of SWITCHES) {
    const value = await readFile(file, 'utf8').catch(() => '');
    if (value.trim() === off) {
      return {
        reason: `this system does not let programs make user namespaces: ${name} is ${off}`,
        remedy: `Run "sysctl -w ${name}=${on}" as root and add it to /etc/sysctl.d`,
      };
    }
  }
  if (await isContainer()) {
    return {
      reason: `the container this runs in does not let programs make namespaces: ${message}`,
      remedy:
        'Start the container with "--security-opt seccomp=unconfined --security-opt apparmor=unconfined ' +
        '--security-opt systempaths=unconfined", or run Nexus outside of it',
    };
  }
  return { reason: message, remedy: 'Allow user namespaces on this system, or run Nexus on another one' };
}

async function isContainer(): Promise<boolean> {
  const marks = ['/.dockerenv', '/run/.containerenv'].map((path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(marks)).includes(true);
}
