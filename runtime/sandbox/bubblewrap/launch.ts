import { commandLine } from '../command-line.ts';
import { firstChildOf, parentOf, signalProcess, untilGone } from '../host-processes.ts';
import type { LaunchTools } from '../launch-tools.ts';
import { prlimitArguments } from '../limits.ts';
import { INSIDE } from '../own-root.ts';
import { ChildTree } from '../plugin-process.ts';
import { pinMounts } from '../policy/pin.ts';
import type { Policy } from '../policy/policy.ts';
import { openInheritable, type PipedChild, spawnPiped } from '../spawn-piped.ts';
import { bubblewrapArguments, type BubblewrapFeatures } from './arguments.ts';
import { type BubblewrapStatus, followStatus } from './status.ts';

/**
 * File descriptors of bwrap beyond the standard three; the last one goes on to the plugin's command, where there is one.
 * Behind them come those of the mounts.
 */
const FD = { arguments: 3, status: 4, filter: 5, innerFilter: 6 } as const;
const OPTIONS = [
  '--args',
  `${FD.arguments}`,
  '--json-status-fd',
  `${FD.status}`,
  '--seccomp',
  `${FD.filter}`,
];

/** Starts a plugin inside bubblewrap. Rejects with SANDBOX_LAUNCH_FAILED when bwrap cannot be started. */
export async function launchInBubblewrap(
  policy: Policy,
  features: BubblewrapFeatures,
  tools: LaunchTools,
): Promise<ChildTree> {
  const line = commandLine(policy, INSIDE, FD.innerFilter);
  await using resources = new AsyncDisposableStack();
  const group = resources.use(await tools.tasks.group(policy, true));
  const [etcDir, filterPath, innerPath] = await Promise.all([
    tools.files.etcDir(),
    tools.files.filter(line.filter),
    line.innerFilter === null ? null : tools.files.filter(line.innerFilter),
  ]);
  using filter = openInheritable(filterPath);
  using inner = innerPath === null ? null : openInheritable(innerPath);
  using pins = pinMounts(policy);
  const descriptors = ['pipe', 'pipe', filter.fd, ...(inner === null ? [] : [inner.fd])] as const;
  const mountFds = pins.fds.map((_, index) => 3 + descriptors.length + index);
  const command = [INSIDE.prlimit, ...prlimitArguments(policy.limits, group.rlimit), ...line.command];
  const child = await spawnPiped(
    policy.plugin,
    features.path,
    [...OPTIONS, '--', ...command],
    [...descriptors, ...pins.fds],
  );
  const status = followStatus(child.pipe(FD.status));
  // The options hold the environment: on the command line everybody on this machine could read it. bwrap does nothing
  // before it has them, so that everything it starts is counted.
  const options = bubblewrapArguments(policy, features, tools.closure, etcDir, mountFds);
  const counted = group.add(child).then(() => child.pipe(FD.arguments).end(`${options.join('\0')}\0`));
  const kept = resources.move();
  return new ChildTree(child, {
    tier: 'sandbox',
    mechanism: 'bubblewrap',
    enforcement: tools.tasks.enforcement(policy, true),
    forks: policy.forks,
    pluginPid: () => pluginPid(status),
    kill: () => killTree(child, status),
    reachedPlugin: status.reachedPlugin,
    release: async () => {
      await counted;
      // bwrap ends with the plugin's own process and leaves it to the system to end the rest.
      await untilGone(await status.initPid);
      await kept.disposeAsync();
    },
  });
}

/**
 * Kills the sandbox's init rather than bwrap: bwrap then ends only after the kernel has ended every
 * process of the namespace.
 */
async function killTree(child: PipedChild, status: BubblewrapStatus): Promise<void> {
  const initPid = await status.initPid;
  if (initPid === null) child.signal('SIGKILL');
  else if ((await parentOf(initPid)) === child.pid) signalProcess(initPid, 'SIGKILL');
}

/** The plugin is the first child of the sandbox's init. */
async function pluginPid(status: BubblewrapStatus): Promise<number | null> {
  const initPid = await status.initPid;
  return initPid === null ? null : firstChildOf(initPid);
}
