import { forwarderInterpreter, withForwarder } from './egress/forwarder.ts';
import type { Policy } from './policy/policy.ts';
import type { FilterOptions } from './seccomp/filter.ts';
import type { Machine } from './seccomp/syscalls.ts';

/** A plugin's command as the launcher runs it, and the system call filters around it. */
export interface CommandLine {
  readonly command: readonly string[];
  readonly filter: FilterOptions;
  /** A second filter that the command installs itself, from a file descriptor it inherits; null when there is none. */
  readonly innerFilter: FilterOptions | null;
}

/** Paths as the plugin sees them. */
export interface VisiblePaths {
  readonly node: string;
  readonly egressSocket: string;
  readonly forwarder: string;
}

/** The machine this process runs on; the sandbox is only offered on these two. */
export const MACHINE: Machine = process.arch === 'arm64' ? 'arm64' : 'x64';

/** Whether connections go through the loopback forwarder, rather than through the egress socket itself. */
function isForwarded(policy: Policy): boolean {
  return policy.network !== null && policy.wholeSystem;
}

/**
 * The command line in a sandbox with namespaces of its own. Where the whole system is there, the loopback forwarder runs
 * beside the plugin: it must fork and connect to the egress socket, so that the filter of the plugin comes after.
 */
export function commandLine(policy: Policy, paths: VisiblePaths, innerFilterFd: number): CommandLine {
  const program = policy.command === 'node' ? paths.node : policy.command;
  const args = [...policy.nodeOptions, ...policy.args];
  const filter: FilterOptions = {
    machine: MACHINE,
    forks: policy.forks,
    unixSockets: policy.unixSockets || (policy.network !== null && !isForwarded(policy)),
    inetSockets: true,
    namespaces: true,
  };
  if (!isForwarded(policy)) return { command: [program, ...args], filter, innerFilter: null };
  const forwarded = withForwarder({
    command: program,
    args,
    sandboxSocketPath: paths.egressSocket,
    filterFd: innerFilterFd,
  });
  return {
    command: [forwarderInterpreter, paths.forwarder, ...forwarded.args.slice(1)],
    filter: { ...filter, forks: true, unixSockets: true },
    innerFilter: filter,
  };
}
