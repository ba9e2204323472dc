import { execFile } from 'node:child_process';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Mount } from './policy/policy.ts';

const run = promisify(execFile);

/** What programs of this machine need to run, found once. */
export interface RuntimeClosure {
  /** The kernel's own Node. */
  readonly nodePath: string;
  /** `prlimit` of util-linux, which sets the limits inside. */
  readonly prlimitPath: string;
  /** The shared libraries of both, at the places their loader looks for them. */
  readonly libraries: readonly Mount[];
  /** /usr and its companions, for programs other than Node. */
  readonly system: readonly Mount[];
  /** Links such as /bin → usr/bin on merged systems. */
  readonly systemLinks: readonly { readonly path: string; readonly target: string }[];
}

const LDD = '/usr/bin/ldd';
const PRLIMIT = '/usr/bin/prlimit';
const SYSTEM_DIRS = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/lib32', '/etc/alternatives', '/etc/ssl'];
const SYSTEM_FILES = ['/etc/ld.so.cache', '/etc/localtime', '/etc/mime.types', '/etc/ca-certificates.conf'];

export async function findRuntimeClosure(nodePath: string): Promise<RuntimeClosure> {
  const [libraries, system] = await Promise.all([librariesOf([nodePath, PRLIMIT]), systemParts()]);
  return { nodePath, prlimitPath: PRLIMIT, libraries, ...system };
}

async function librariesOf(programs: readonly string[]): Promise<Mount[]> {
  const { stdout } = await run(LDD, [...programs]);
  // "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)"
  const paths = new Set([...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? ''));
  return Promise.all(
    [...paths].map(async (path) => ({ source: await realpath(path), target: path, writable: false })),
  );
}

async function systemParts(): Promise<Pick<RuntimeClosure, 'system' | 'systemLinks'>> {
  const system: Mount[] = [];
  const systemLinks: { path: string; target: string }[] = [];
  for (const path of [...SYSTEM_DIRS, ...SYSTEM_FILES]) {
    const stats = await lstat(path).catch(() => null);
    if (stats === null) continue;
    if (stats.isSymbolicLink() && SYSTEM_DIRS.includes(path)) {
      systemLinks.push({ path, target: await readlink(path) });
    } else {
      system.push({ source: await realpath(path), target: path, writable: false });
    }
  }
  return { system, systemLinks };
}
