import { open } from 'node:fs/promises';
import type { Enforcement } from '../../contract/sandbox.ts';
import { childrenOf, parentOf, signalProcess } from '../host-processes.ts';
import { prlimitArguments } from '../limits.ts';
import { ChildTree } from '../plugin-process.ts';
import type { Policy } from '../policy/policy.ts';
import type { RuntimeClosure } from '../runtime-closure.ts';
import { spawnPiped } from '../spawn-piped.ts';
import { bubblewrapArguments, INSIDE } from './arguments.ts';
import { type BubblewrapStatus, followStatus } from './status.ts';

/** What a launch needs beside the policy. */
export interface BubblewrapSetup {
  readonly bwrapPath: string;
  readonly closure: RuntimeClosure;
  /** Folder with the few files of /etc a sandbox sees. */
  readonly etcDir: string;
  readonly filterPath: (policy: Policy) => Promise<string>;
}

/** File descriptors of bwrap beyond the standard three. */
const FD = { arguments: 3, status: 4, filter: 5 } as const;
const OPTIONS = [
  '--args',
  `${FD.arguments}`,
  '--json-status-fd',
  `${FD.status}`,
  '--seccomp',
  `${FD.filter}`,
];

const ENFORCEMENT: Enforcement = {
  files: 'enforced',
  network: 'enforced',
  processes: 'enforced',
  memory: 'enforced',
};

/** Starts a plugin inside bubblewrap. Rejects with SANDBOX_LAUNCH_FAILED when bwrap cannot be started. */
export async function launchInBubblewrap(policy: Policy, setup: BubblewrapSetup): Promise<ChildTree> {
  await using filter = await open(await setup.filterPath(policy));
  const program = policy.command === 'node' ? INSIDE.node : policy.command;
  const command = [INSIDE.prlimit, ...prlimitArguments(policy.limits), program, ...policy.args];
  const child = await spawnPiped(
    policy.plugin,
    setup.bwrapPath,
    [...OPTIONS, '--', ...command],
    ['pipe', 'pipe', filter.fd],
  );
  const status = followStatus(child.pipe(FD.status));
  // The options hold the environment: on the command line everybody on this machine could read it.
  child.pipe(FD.arguments).end(`${bubblewrapArguments(policy, setup.closure, setup.etcDir).join('\0')}\0`);
  return new ChildTree(child, {
    tier: 'sandbox',
    mechanism: 'bubblewrap',
    enforcement: ENFORCEMENT,
    terminate: () => terminatePlugin(status),
    kill: () => killTree(child.pid, status),
    release: async () => {
      await status.reachedPlugin;
    },
  });
}

/**
 * Kills the sandbox's init rather than bwrap: bwrap then ends only after the kernel has ended every
 * process of the namespace, so its exit is the end of the tree.
 */
async function killTree(bwrapPid: number, status: BubblewrapStatus): Promise<void> {
  const initPid = await status.initPid;
  if (initPid !== null && (await parentOf(initPid)) === bwrapPid) signalProcess(initPid, 'SIGKILL');
}

/** The plugin is the first child of the sandbox's init; init itself cannot be asked. */
async function terminatePlugin(status: BubblewrapStatus): Promise<void> {
  const initPid = await status.initPid;
  const [pluginPid] = initPid === null ? [] : await childrenOf(initPid);
  if (pluginPid !== undefined) signalProcess(pluginPid, 'SIGTERM');
}
