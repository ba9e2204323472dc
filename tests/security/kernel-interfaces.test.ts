import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { PluginProcess } from '../../runtime/contract/sandbox.ts';
import { descendantsOf } from '../../runtime/sandbox/host-processes.ts';
import { type Attempt, runBattery } from './battery.ts';
import { NUMBER } from './numbers.ts';

const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWNS = 0x00020000;
const CLONE_NEWUTS = 0x04000000;
const CLONE_NEWNET = 0x40000000;
const run = promisify(execFile);
const noop = (): void => {};
const isRoot = process.getuid?.() === 0;

/** The innermost process of a plugin, as the host sees it. */
async function innermost(plugin: PluginProcess): Promise<number> {
  return (await descendantsOf(plugin.pid)).at(-1) ?? plugin.pid;
}

/** What the plugin's process has open, as the host sees it: `anon_inode:[io_uring]` and the like. */
async function opened(plugin: PluginProcess): Promise<string[]> {
  const directory = `/proc/${await innermost(plugin)}/fd`;
  const fds = await readdir(directory);
  return Promise.all(fds.map((fd) => readlink(`${directory}/${fd}`).catch(() => '')));
}

/** Whether a system call gave the plugin a descriptor of a kind. */
function opens(kind: string): (answer: unknown, plugin: PluginProcess) => Promise<boolean> {
  return async (_answer, plugin) => (await opened(plugin)).some((path) => path.includes(kind));
}

/** Whether the plugin's process came into another namespace than its parent's. */
async function hasLeft(plugin: PluginProcess, kind: 'user' | 'mnt' | 'net'): Promise<boolean> {
  const pid = await innermost(plugin);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
  const [own, outer] = await Promise.all([pid, parent].map((id) => readlink(`/proc/${id}/ns/${kind}`)));
  return own !== outer;
}

const attempts: Attempt[] = [
  {
    name: 'make a user namespace, where it is root',
    dimension: 'files',
    language: 'python',
    aim: () => ({
      code: `import os
syscall(${NUMBER.unshare}, ${CLONE_NEWUSER})
result = os.readlink('/proc/self/ns/user')`,
      // Compared by what it was before: in a sandbox the parent may be in another one anyway.
      happened: async ({ value }, plugin) => typeof value === 'string' && (await hasLeft(plugin, 'user')),
    }),
  },
  {
    name: 'make a user namespace by clone',
    dimension: 'files',
    language: 'python',
    base: () => ({ permissions: { exec: true } }),
    aim: ({ dataDir, nonce }) => {
      const path = `${dataDir}/ns-${nonce.slice(-6)}`;
      return {
        code: `import os
pid = syscall(${process.arch === 'arm64' ? 220 : 56}, ${CLONE_NEWUSER | 17}, 0, 0, 0, 0)
if pid == 0:
    open('${path}', 'w').close()
    os._exit(0)
os.waitpid(pid, 0)`,
        happened: () =>
          readFile(path).then(
            () => true,
            () => false,
          ),
      };
    },
  },
  {
    name: 'mount a file system',
    dimension: 'files',
    language: 'python',
    aim: ({ nonce, dataDir }) => ({
      code: `
try: syscall(${NUMBER.unshare}, ${CLONE_NEWUSER | CLONE_NEWNS})
except OSError: pass
syscall(${NUMBER.mount}, b'${nonce}', b'${dataDir}', b'tmpfs', 0, 0)`,
      happened: async (_answer, plugin) =>
        (await readFile(`/proc/${await innermost(plugin)}/mountinfo`, 'utf8')).includes(nonce),
    }),
  },
  {
    name: 'mount the disk anew by the younger interface',
    dimension: 'files',
    language: 'python',
    aim: () => ({
      code: `
try: syscall(${NUMBER.unshare}, ${CLONE_NEWUSER | CLONE_NEWNS})
except OSError: pass
result = syscall(${NUMBER.open_tree}, -100, b'/', 0x8001)`,
      happened: ({ value }) => typeof value === 'number',
    }),
  },
  {
    name: 'change its root',
    dimension: 'files',
    language: 'python',
    aim: ({ dataDir }) => ({
      code: `
try: syscall(${NUMBER.unshare}, ${CLONE_NEWUSER | CLONE_NEWNS})
except OSError: pass
syscall(${NUMBER.chroot}, b'${dataDir}')`,
      happened: async (_answer, plugin) =>
        (await readlink(`/proc/${await innermost(plugin)}/root`)).endsWith('puppet'),
    }),
  },
  {
    name: 'leave its network namespace for a new one',
    dimension: 'network',
    language: 'python',
    aim: () => ({
      code: `import os
before = os.readlink('/proc/self/ns/net')
syscall(${NUMBER.unshare}, ${CLONE_NEWUSER | CLONE_NEWNET})
result = before != os.readlink('/proc/self/ns/net')`,
      happened: async ({ value }, plugin) => value === true && (await hasLeft(plugin, 'net')),
    }),
  },
  {
    name: "join another process's namespaces",
    dimension: 'files',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `fd = syscall(${NUMBER.pidfd_open}, ${victim.pid}, 0)
result = syscall(${NUMBER.setns}, fd, ${CLONE_NEWNET})`,
        happened: ({ value }) => value === 0,
      };
    },
    uncontrolled: () => (isRoot ? null : 'only root may join them'),
  },
  {
    name: 'rename the machine',
    dimension: 'files',
    language: 'python',
    aim: ({ nonce }) => {
      const name = nonce.slice(-20);
      return {
        // In a namespace of its own where it can, so that the machine keeps its name.
        code: `import os
try: syscall(${NUMBER.unshare}, ${CLONE_NEWUSER | CLONE_NEWUTS})
except OSError: pass
syscall(${NUMBER.sethostname}, b'${name}', 20)
result = os.uname().nodename`,
        happened: ({ value }) => value === name || hostname() === name,
      };
    },
  },
  {
    name: "open the kernel's settings for writing",
    dimension: 'files',
    aim: () => ({
      code: `return require('node:fs').openSync('/proc/sys/kernel/core_pattern', 'r+')`,
      happened: async (_answer, plugin) => (await opened(plugin)).includes('/proc/sys/kernel/core_pattern'),
    }),
    uncontrolled: () => (isRoot ? null : 'only root may open them'),
  },
  {
    name: 'trigger the magic system request key',
    dimension: 'files',
    aim: () => ({
      code: `return require('node:fs').openSync('/proc/sysrq-trigger', 'w')`,
      happened: async (_answer, plugin) => (await opened(plugin)).includes('/proc/sysrq-trigger'),
    }),
    uncontrolled: () =>
      isRoot && existsSync('/proc/sysrq-trigger') ? null : 'only root may open it, where it is there at all',
  },
  {
    name: 'leave a key in a keyring',
    dimension: 'files',
    language: 'python',
    aim: ({ nonce }) => ({
      // KEY_SPEC_PROCESS_KEYRING
      code: `result = syscall(${NUMBER.add_key}, b'user', b'${nonce}', b'payload', 7, -2)`,
      happened: async ({ value }) =>
        typeof value === 'number' || (await readFile('/proc/keys', 'utf8')).includes(nonce),
    }),
  },
  {
    name: 'open an io_uring, which calls the kernel past every filter',
    dimension: 'files',
    language: 'python',
    aim: () => ({
      code: `syscall(${NUMBER.io_uring_setup}, 4, ctypes.create_string_buffer(120))`,
      happened: opens('io_uring'),
    }),
    uncontrolled: async () =>
      (await readFile('/proc/sys/kernel/io_uring_disabled', 'utf8').catch(() => '0')).trim() === '0'
        ? null
        : 'io_uring is switched off here',
  },
  {
    name: 'load a program into the kernel',
    dimension: 'files',
    language: 'python',
    aim: () => ({
      // BPF_MAP_CREATE of an array: type 2, key and value of 4 bytes, one entry
      code: `import struct
syscall(${NUMBER.bpf}, 0, ctypes.create_string_buffer(struct.pack('IIII', 2, 4, 4, 1) + b'\\0' * 100), 72)`,
      happened: opens('bpf-map'),
    }),
    uncontrolled: () => (isRoot ? null : 'only root may load programs on most systems'),
  },
  {
    name: 'watch the processor',
    dimension: 'files',
    language: 'python',
    aim: () => ({
      // PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, of this process, the kernel itself excluded
      code: `import struct
attributes = struct.pack('IIQQQQQ', 1, 112, 1, 0, 0, 0, 1 << 5 | 1 << 6)
syscall(${NUMBER.perf_event_open}, ctypes.create_string_buffer(attributes + b'\\0' * 64), 0, -1, -1, 0)`,
      happened: opens('perf_event'),
    }),
    uncontrolled: async () =>
      isRoot || Number(await readFile('/proc/sys/kernel/perf_event_paranoid', 'utf8').catch(() => '4')) <= 2
        ? null
        : 'only root may watch it here',
  },
  {
    name: 'handle page faults itself',
    dimension: 'files',
    language: 'python',
    aim: () => ({
      // UFFD_USER_MODE_ONLY
      code: `syscall(${NUMBER.userfaultfd}, 1)`,
      happened: opens('userfaultfd'),
    }),
  },
  {
    name: 'share memory with other programs',
    dimension: 'files',
    language: 'python',
    aim: ({ resources }) => {
      const key = 0x4e580000 + Math.floor(Math.random() * 0xffff);
      const hasSegment = async (): Promise<boolean> =>
        new RegExp(`^ *${key} `, 'm').test(await readFile('/proc/sysvipc/shm', 'utf8'));
      resources.defer(() => run('ipcrm', ['-M', String(key)]).then(noop, noop));
      return {
        // IPC_CREAT
        code: `syscall(${NUMBER.shmget}, ${key}, 4096, 0o1600)`,
        happened: hasSegment,
      };
    },
  },
  {
    name: 'send messages to other programs',
    dimension: 'files',
    language: 'python',
    aim: ({ nonce }) => ({
      // O_RDWR | O_CREAT
      code: `syscall(${NUMBER.mq_open}, b'${nonce.slice(-12)}', 0o102, 0o600, 0)
libc.mq_unlink(b'/${nonce.slice(-12)}')`,
      happened: async (_answer, plugin) =>
        (await opened(plugin)).some((path) => path.includes(nonce.slice(-12))),
    }),
  },
];

await runBattery(attempts);
