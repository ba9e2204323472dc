import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { PluginProcess } from '../../runtime/contract/sandbox.ts';
import { descendantsOf } from '../../runtime/sandbox/host-processes.ts';
import { type Aim, type Attempt, runBattery } from './battery.ts';

const MIB = 1024 * 1024;

/** Every attempt is bounded in itself, in case nothing else bounds it. */
const BOMB_MB = 768;
const BOMB_PROCESSES = 150;
const FILL_MB = 100;
const IN_EVERY_TIER = 'plain processes have this limit too';

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

const small = () => ({ limits: { memoryMb: 64 } });

/** Memory of the whole tree right now. */
async function treeMb(plugin: PluginProcess): Promise<number> {
  const pids = [plugin.pid, ...(await descendantsOf(plugin.pid))];
  const sizes = await Promise.all(pids.map(residentMb));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Holds what it took until it is asked again, so that it can be seen from outside. */
function memoryAim(take: string): Aim {
  return {
    code: `const hoard = globalThis.hoard = [];
      for (let mb = 0; mb < ${BOMB_MB}; mb += 64) { ${take}; await new Promise(setImmediate); }
      return 'holds it all'`,
    happened: async (_answer, plugin) => (await treeMb(plugin)) > BOMB_MB * 0.9,
  };
}

const attempts: Attempt[] = [
  {
    name: 'take all memory with buffers',
    dimension: 'memory',
    base: small,
    aim: () => memoryAim(`hoard.push(Buffer.alloc(${64 * MIB}, 1))`),
    grant: () => ({ limits: { memoryMb: 2 * BOMB_MB } }),
  },
  {
    name: 'take all memory with WebAssembly',
    dimension: 'memory',
    base: small,
    aim: () =>
      memoryAim(`const memory = new WebAssembly.Memory({ initial: 1024 });
        new Uint8Array(memory.buffer).fill(1); hoard.push(memory)`),
    grant: () => ({ limits: { memoryMb: 2 * BOMB_MB } }),
  },
  {
    name: 'take all memory with objects',
    dimension: 'memory',
    base: small,
    aim: () => memoryAim(`for (let n = 0; n < 64; n++) hoard.push(new Array(${MIB / 8}).fill(n + mb))`),
    grant: () => ({ limits: { memoryMb: 2 * BOMB_MB } }),
  },
  {
    name: 'take all memory in another language',
    dimension: 'memory',
    language: 'python',
    base: small,
    aim: () => ({
      code: `hoard = [bytes([1]) * ${64 * MIB} for _ in range(${BOMB_MB / 64})]
import builtins
builtins.hoard = hoard
result = len(hoard)`,
      happened: async (_answer, plugin) => (await treeMb(plugin)) > BOMB_MB * 0.9,
    }),
    grant: () => ({ limits: { memoryMb: 2 * BOMB_MB } }),
  },
  {
    name: 'keep more memory than it may, but less than the hard limit',
    dimension: 'memory',
    aim: () => ({
      code: `globalThis.hoard = Buffer.alloc(${600 * MIB}, 1)`,
      happened: async (_answer, plugin) => {
        // Somebody looks every second, on a busy machine in the midst of it.
        const { reason } = await Promise.race([plugin.exited, setTimeout(3_000, { reason: undefined })]);
        return (await treeMb(plugin)) > 500 || !/it used \d+ MB/.test(reason ?? '');
      },
    }),
    grant: () => ({ limits: { memoryMb: 1_024 } }),
  },
  {
    name: 'fork without end',
    dimension: 'processes',
    language: 'python',
    base: () => ({ permissions: { exec: true }, limits: { pids: 16 } }),
    aim: () => ({
      code: `import os, time
count = 0
try:
    for _ in range(${BOMB_PROCESSES}):
        if os.fork() == 0: time.sleep(60); os._exit(0)
        count += 1
except OSError: pass
result = count`,
      happened: async (_answer, plugin) => (await descendantsOf(plugin.pid)).length >= BOMB_PROCESSES,
    }),
    grant: () => ({ permissions: { exec: true }, limits: { pids: 2 * BOMB_PROCESSES } }),
  },
  {
    name: 'start threads without end',
    dimension: 'processes',
    language: 'python',
    base: () => ({ permissions: { exec: true }, limits: { pids: 16 } }),
    aim: () => ({
      code: `import threading, time
count = 0
try:
    for _ in range(${BOMB_PROCESSES}):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        count += 1
except RuntimeError: pass
result = count`,
      happened: async (_answer, plugin) => {
        const pids = [plugin.pid, ...(await descendantsOf(plugin.pid))];
        const status = await readFile(`/proc/${pids.at(-1)}/status`, 'utf8');
        return Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]) >= BOMB_PROCESSES;
      },
    }),
    grant: () => ({ permissions: { exec: true }, limits: { pids: 2 * BOMB_PROCESSES } }),
  },
  {
    name: 'use the processor for ever',
    dimension: 'processes',
    base: () => ({ limits: { cpuSeconds: 1 } }),
    aim: () => ({
      code: `for (let n = 1; n % 1e6 !== 0 || process.cpuUsage().user < 1.5e6; n++); return 'still here'`,
      happened: ({ value }) => value === 'still here',
    }),
    grant: () => ({ limits: { cpuSeconds: 30 } }),
  },
  {
    name: 'fill the memory behind /tmp',
    dimension: 'memory',
    aim: () => ({
      code: fill('/tmp/filling'),
      happened: ({ value }) => value === FILL_MB,
    }),
    unclaimed: { landlock: 'its temporary files lie on the disk, where nothing bounds them' },
  },
  {
    name: 'fill the memory behind /dev/shm',
    dimension: 'memory',
    aim: () => ({ code: fill('/dev/shm/nexus-test-filling'), happened: ({ value }) => value === FILL_MB }),
  },
  {
    name: 'make a file larger than any plugin needs',
    dimension: 'files',
    aim: ({ dataDir, nonce }) => {
      const path = join(dataDir, `large-${nonce.slice(-6)}`);
      // Sparse: it takes no room on the disk.
      return {
        code: `const fs = require('node:fs'); fs.ftruncateSync(fs.openSync('${path}', 'w'), ${4 * 1024 * MIB})`,
        happened: () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 1024 * MIB,
      };
    },
    uncontrolled: () => IN_EVERY_TIER,
  },
  {
    name: 'open files without end',
    dimension: 'files',
    aim: () => ({
      code: `const fs = require('node:fs'); let count = 0;
        try { for (; count < 6_000; count++) fs.openSync('/dev/null') } catch {}
        return count`,
      happened: ({ value }) => value === 6_000,
    }),
    uncontrolled: () => IN_EVERY_TIER,
  },
];

function fill(path: string): string {
  return `const fs = require('node:fs'); const file = fs.openSync('${path}', 'w'); let mb = 0;
    try { for (; mb < ${FILL_MB}; mb++) fs.writeSync(file, Buffer.alloc(${MIB}, 1)) } finally { fs.rmSync('${path}') }
    return mb`;
}

await runBattery(attempts);
