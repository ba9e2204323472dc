import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaunchSpec, PluginProcess, ProbeResult, Sandbox } from '../contract/sandbox.ts';
import { launchInBubblewrap } from './bubblewrap/launch.ts';
import { planPolicy } from './policy/plan.ts';
import { findRuntimeClosure } from './runtime-closure.ts';
import { buildFilter } from './seccomp/filter.ts';
import type { Policy } from './policy/policy.ts';

/** How a sandbox is set up. All paths are absolute. */
export interface SandboxOptions {
  /** The kernel's data directory; the sandbox keeps its own files in `sandbox/` below it. */
  readonly dataDir: string;
  /** Never granted, nor anything that contains or lies in them; a plugin's own package and data directory excepted. */
  readonly protectedPaths: readonly string[];
  /** Lets a plugin that asks for `sandbox` run as a plain process where the machine cannot enforce more. */
  readonly allowUnsandboxed: boolean;
}

/** Finds out what this machine can enforce and answers the door through which plugins are started. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const etcDir = join(options.dataDir, 'sandbox', 'etc');
  await mkdir(etcDir, { recursive: true });
  const [closure] = await Promise.all([
    findRuntimeClosure(process.execPath),
    writeFile(join(etcDir, 'hosts'), '127.0.0.1 localhost plugin\n::1 localhost\n'),
    writeFile(join(etcDir, 'passwd'), `plugin:x:${process.getuid?.()}:${process.getgid?.()}::/tmp:/bin/sh\n`),
    writeFile(join(etcDir, 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n'),
  ]);
  const filterPath = async (policy: Policy): Promise<string> => {
    const path = join(options.dataDir, 'sandbox', `filter-${policy.forks}-${policy.network}.bpf`);
    await writeFile(
      path,
      buildFilter({
        machine: 'x64',
        forks: policy.forks,
        unixSockets: policy.forks || policy.network,
        inetSockets: true,
      }),
    );
    return path;
  };
  return {
    tier: 'sandbox',
    mechanism: 'bubblewrap',
    probes: [] satisfies ProbeResult[],
    async launch(spec: LaunchSpec): Promise<PluginProcess> {
      const policy = await planPolicy(spec);
      return launchInBubblewrap(policy, { bwrapPath: '/usr/bin/bwrap', closure, etcDir, filterPath });
    },
    async [Symbol.asyncDispose]() {},
  };
}
