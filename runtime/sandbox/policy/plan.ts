import { realpath } from 'node:fs/promises';
import type { LaunchSpec } from '../../contract/sandbox.ts';
import type { Mount, Policy } from './policy.ts';

/**
 * What an idle Node 24.21 has of private writable memory: V8 maps a code range of 512 MB read-write-execute,
 * heap and thread stacks take the rest. Below 575 MiB it does not start.
 */
const NODE_BASE_BYTES = 576 * 1024 * 1024;

/** Turns permissions and limits into what an operating system can hold. */
export async function planPolicy(spec: LaunchSpec): Promise<Policy> {
  const { fs, net, exec } = spec.permissions;
  const isNode = spec.command === 'node';
  const mounts = await Promise.all([
    ...spec.packageDirs.map((path) => mountOf(path, false)),
    ...fs.read.map((path) => mountOf(path, false)),
    mountOf(spec.dataDir, true),
    ...fs.write.map((path) => mountOf(path, true)),
  ]);
  return {
    plugin: spec.plugin,
    mounts: mounts.sort((a, b) => a.target.length - b.target.length),
    wholeSystem: exec || !isNode,
    command: spec.command,
    args: spec.args,
    cwd: spec.cwd,
    env: { HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8', ...spec.env },
    forks: exec,
    network: net.length > 0,
    limits: {
      dataBytes: NODE_BASE_BYTES + spec.limits.memoryMb * 1024 * 1024,
      cpuSeconds: spec.limits.cpuSeconds,
      pids: spec.limits.pids,
    },
  };
}

async function mountOf(path: string, writable: boolean): Promise<Mount> {
  return { source: await realpath(path), target: path, writable };
}
