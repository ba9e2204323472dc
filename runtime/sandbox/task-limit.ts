import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Enforcement, ProbeResult } from '../contract/sandbox.ts';
import type { Policy } from './policy/policy.ts';
import type { PipedChild } from './spawn-piped.ts';

/** Holds one process tree to its number of processes and threads. The owner disposes it when the tree is gone. */
export interface TaskGroup extends AsyncDisposable {
  /** What RLIMIT_NPROC must be inside; null when it would not hold or would hold the wrong processes. */
  readonly rlimit: number | null;
  /** Puts a process and everything it will start under the limit; kills it when that is not possible. Never rejects. */
  add(child: PipedChild): Promise<void>;
}

/** The launchers' own processes around a plugin: monitor, init, loopback forwarder. */
const LAUNCHER_TASKS = 4;
/** Since Linux 5.14 RLIMIT_NPROC counts per user namespace; before, it counted everything of the user on the machine. */
const RLIMIT_COUNTS_NAMESPACE = isKernelAtLeast(5, 14);

/**
 * Limits the number of tasks of a plugin: by RLIMIT_NPROC inside its user namespace, or, because that never holds for
 * host root, by a control group of the `pids` controller.
 */
export class TaskLimit {
  readonly #isRoot = process.getuid?.() === 0;
  #parent: string | null = null;
  #count = 0;

  /** Finds out how tasks can be limited here. Must be called before anything else. */
  async open(): Promise<void> {
    if (this.#isRoot) this.#parent = await createControlGroup();
  }

  /** Whether the number of processes of a plugin that may start some is really limited. */
  get probe(): ProbeResult {
    const works = this.#parent !== null || this.#holdsRlimit(true);
    return {
      mechanism: 'process limit',
      works,
      reason: works
        ? ''
        : this.#isRoot
          ? 'no limit on processes holds for root here'
          : 'Linux is older than 5.14',
      remedy: works
        ? ''
        : this.#isRoot
          ? 'Run Nexus as an ordinary user, or with a writable control group of the "pids" controller'
          : 'Run Linux 5.14 or newer',
    };
  }

  /** Opens a group for a plugin; `ownUsers` says whether its launcher gives it a user namespace. */
  async group(policy: Policy, ownUsers: boolean): Promise<TaskGroup> {
    const limit = policy.limits.tasks + LAUNCHER_TASKS;
    // Moving a process into a control group waits some 10 ms for the kernel. One that may not start others needs no group.
    const parent = policy.forks ? this.#parent : null;
    if (parent === null) return uncounted(this.#holdsRlimit(ownUsers) ? limit : null);
    this.#count += 1;
    const directory = join(parent, `${policy.plugin}-${this.#count}`);
    await mkdir(directory);
    await writeFile(join(directory, 'pids.max'), String(limit));
    return {
      rlimit: null,
      add: (child) =>
        writeFile(join(directory, 'cgroup.procs'), String(child.pid)).catch(() => child.signal('SIGKILL')),
      [Symbol.asyncDispose]: () => rmdir(directory),
    };
  }

  /** What a launcher that has an answer for files and network can say of the four dimensions. */
  enforcement(policy: Policy, ownUsers: boolean): Enforcement {
    const isCounted = this.#holdsRlimit(ownUsers) || this.#parent !== null;
    return {
      files: 'enforced',
      network: 'enforced',
      processes: !policy.forks || isCounted ? 'enforced' : 'advisory',
      // RLIMIT_DATA holds each process by itself: with many of them the sum is larger.
      memory: policy.forks ? 'advisory' : 'enforced',
    };
  }

  /** Removes this kernel's control groups; every tree must be gone. */
  async close(): Promise<void> {
    if (this.#parent !== null) await rmdir(this.#parent);
    this.#parent = null;
  }

  #holdsRlimit(ownUsers: boolean): boolean {
    return ownUsers && !this.#isRoot && RLIMIT_COUNTS_NAMESPACE;
  }
}

function uncounted(rlimit: number | null): TaskGroup {
  return { rlimit, add: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** A control group of this kernel in either version of the interface; null when the machine offers none to it. */
async function createControlGroup(): Promise<string | null> {
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/pids']) {
    const isUnified = await exists(join(root, 'cgroup.controllers'));
    if (!isUnified && !(await exists(join(root, 'tasks')))) continue;
    const directory = join(root, `nexus-${process.pid}-${randomUUID().slice(0, 8)}`);
    try {
      await removeLeftBehind(root);
      await mkdir(directory);
      if (isUnified) await writeFile(join(directory, 'cgroup.subtree_control'), '+pids');
      return directory;
    } catch {
      // Read-only in most containers, or without the controller: then there is no such limit, and the status says so.
      await rmdir(directory).catch(() => {});
    }
  }
  return null;
}

/** Groups of kernels that were killed; they are empty because their plugins died with them. */
async function removeLeftBehind(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = /^nexus-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || (await exists(`/proc/${pid}`))) continue;
    const directory = join(root, name);
    const entries = await readdir(directory, { withFileTypes: true });
    for (const entry of entries)
      if (entry.isDirectory()) await rmdir(join(directory, entry.name)).catch(() => {});
    await rmdir(directory).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function isKernelAtLeast(major: number, minor: number): boolean {
  const [foundMajor = 0, foundMinor = 0] = release().split('.').map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
