import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { descendantsOf } from '../../runtime/sandbox/host-processes.ts';
import { type Attempt, runBattery, tells } from './battery.ts';
import { NUMBER } from './numbers.ts';

const SIGKILL = 9;
const SIGSTOP = 19;

async function statusOf(pid: number, key: string): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return new RegExp(`^${key}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? '';
}

const exec = () => ({ permissions: { exec: true } });

/** Buffers for process_vm_readv(2) and process_vm_writev(2). */
const VECTORS = `
class iovec(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(42)
mine = (iovec * 1)(iovec(ctypes.addressof(buffer), 42))
def theirs(address): return (iovec * 1)(iovec(address, 42))`;

const attempts: Attempt[] = [
  {
    name: 'kill the kernel',
    dimension: 'processes',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `process.kill(${victim.pid}, 'SIGKILL')`,
        happened: () => !victim.isAlive,
        comesLate: true,
      };
    },
  },
  {
    name: 'kill a thread of the kernel',
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `syscall(${NUMBER.tgkill}, ${victim.pid}, ${victim.pid}, ${SIGKILL})`,
        happened: () => !victim.isAlive,
        comesLate: true,
      };
    },
  },
  {
    name: 'stop the kernel through a process descriptor',
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `fd = syscall(${NUMBER.pidfd_open}, ${victim.pid}, 0)
syscall(${NUMBER.pidfd_send_signal}, fd, ${SIGSTOP}, 0, 0)`,
        happened: async () => (await statusOf(victim.pid, 'State')).startsWith('T'),
        comesLate: true,
      };
    },
  },
  {
    name: 'trace the kernel',
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        // PTRACE_SEIZE
        code: `syscall(${NUMBER.ptrace}, 0x4206, ${victim.pid}, 0, 0)`,
        happened: async () => (await statusOf(victim.pid, 'TracerPid')) !== '0',
      };
    },
    uncontrolled: async () =>
      (await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0')).trim() === '0' ||
      process.getuid?.() === 0
        ? null
        : 'Yama lets nobody trace here',
  },
  {
    name: "read the kernel's memory by a system call",
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `${VECTORS}
syscall(${NUMBER.process_vm_readv}, ${victim.pid}, mine, 1, theirs(${victim.address}), 1, 0)
result = buffer.value.decode()`,
        happened: (answer) => tells(answer, scene.nonce),
      };
    },
  },
  {
    name: "write into the kernel's memory by a system call",
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `${VECTORS}
buffer.value = b'x' * ${scene.nonce.length}
syscall(${NUMBER.process_vm_writev}, ${victim.pid}, mine, 1, theirs(${victim.address}), 1, 0)`,
        happened: async () => (await victim.secret()).startsWith('xxx'),
      };
    },
  },
  {
    name: "read the kernel's memory as a file",
    dimension: 'files',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `memory = open('/proc/${victim.pid}/mem', 'rb', buffering=0)
memory.seek(${victim.address}); result = memory.read(${scene.nonce.length}).decode()`,
        happened: (answer) => tells(answer, scene.nonce),
      };
    },
  },
  {
    name: "read the kernel's environment",
    dimension: 'files',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `return require('node:fs').readFileSync('/proc/${victim.pid}/environ', 'latin1')`,
        happened: (answer) => tells(answer, scene.nonce),
      };
    },
  },
  {
    name: "read the kernel's command line",
    dimension: 'files',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `return require('node:fs').readFileSync('/proc/${victim.pid}/cmdline', 'latin1')`,
        happened: (answer) => tells(answer, scene.nonce),
      };
    },
  },
  {
    name: "read a file through the kernel's descriptors",
    dimension: 'files',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `return require('node:fs').readFileSync('/proc/${victim.pid}/fd/${victim.fd}', 'latin1')`,
        happened: (answer) => tells(answer, scene.nonce),
      };
    },
  },
  {
    name: "read a file through the kernel's root",
    dimension: 'files',
    aim: async (scene) => ({
      code: `return require('node:fs').readFileSync('/proc/${process.pid}/root${scene.secret}', 'latin1')`,
      happened: (answer) => tells(answer, scene.nonce),
    }),
  },
  {
    name: 'find processes of others',
    dimension: 'files',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `return require('node:fs').readdirSync('/proc').filter((name) => name === '${victim.pid}').map(() => '${scene.nonce}')`,
        happened: (answer) => tells(answer, scene.nonce),
      };
    },
  },
  {
    name: "read a variable of the kernel's environment",
    dimension: 'files',
    aim: ({ nonce, resources }) => {
      process.env['NEXUS_TEST_SECRET'] = nonce;
      resources.defer(() => void delete process.env['NEXUS_TEST_SECRET']);
      return {
        code: 'return process.env.NEXUS_TEST_SECRET ?? null',
        happened: (answer) => tells(answer, nonce),
      };
    },
    grant: ({ nonce }) => ({ env: { NEXUS_TEST_SECRET: nonce } }),
  },
  {
    name: "lower the kernel's limits",
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      const RLIMIT_NOFILE = 7;
      return {
        code: `limit = ctypes.create_string_buffer((5).to_bytes(8, 'little') * 2)
syscall(${NUMBER.prlimit64}, ${victim.pid}, ${RLIMIT_NOFILE}, limit, 0)`,
        happened: () => /^Max open files +5 /m.test(readFileSync(`/proc/${victim.pid}/limits`, 'utf8')),
      };
    },
  },
  {
    name: "lower the kernel's priority",
    dimension: 'processes',
    language: 'python',
    aim: async (scene) => {
      const victim = await scene.victim();
      return {
        code: `syscall(${NUMBER.setpriority}, 0, ${victim.pid}, 19)`,
        happened: () => / 39 19 /.test(readFileSync(`/proc/${victim.pid}/stat`, 'utf8')),
      };
    },
  },
  {
    name: 'start a program',
    dimension: 'processes',
    aim: ({ dataDir, nonce }) => {
      const path = join(dataDir, `started-${nonce.slice(-6)}`);
      return {
        code: `const { spawnSync } = require('node:child_process');
          const { error } = spawnSync('/usr/bin/touch', ['${path}']);
          const own = spawnSync(process.execPath, ['-e', 'require("node:fs").writeFileSync("${path}", "")']);
          return [error?.code, own.error?.code]`,
        happened: () => existsSync(path),
      };
    },
    grant: exec,
  },
  {
    name: 'split into two processes',
    dimension: 'processes',
    language: 'python',
    aim: ({ dataDir, nonce }) => {
      const path = join(dataDir, `forked-${nonce.slice(-6)}`);
      return {
        code: `import os
pid = os.fork()
if pid == 0:
    open('${path}', 'w').close()
    os._exit(0)
os.waitpid(pid, 0)`,
        happened: () => existsSync(path),
      };
    },
    grant: exec,
  },
  {
    name: 'become another user',
    dimension: 'processes',
    language: 'python',
    aim: () => ({
      code: `import os\nos.setuid(12345)`,
      happened: async (_answer, plugin) => {
        const pids = [plugin.pid, ...(await descendantsOf(plugin.pid))];
        const users = await Promise.all(pids.map((pid) => statusOf(pid, 'Uid')));
        return users.some((user) => user.startsWith('12345'));
      },
    }),
    uncontrolled: () => (process.getuid?.() === 0 ? null : 'only root may become another user'),
  },
];

await runBattery(attempts);
