import { fileURLToPath } from 'node:url';
import type { Enforcement } from '../../contract/sandbox.ts';
import type { CommandLine } from '../command-line.ts';
import type { LaunchTools } from '../launch-tools.ts';
import { resourceLimits } from '../limits.ts';
import { ChildTree } from '../plugin-process.ts';
import type { Policy } from '../policy/policy.ts';
import { openInheritable, spawnPiped } from '../spawn-piped.ts';
import type { TaskGroup } from '../task-limit.ts';
import { encodeInstructions, type Instruction } from './instructions.ts';

export const PERL = '/usr/bin/perl';
const LAUNCHER = fileURLToPath(new URL('launcher.pl', import.meta.url));
/** Exit code of the launcher when it failed before it became the plugin. */
const SETUP_FAILED = 97;

/** File descriptors of the launcher beyond the standard three; the last one goes on to the plugin's command. */
export const FD = { instructions: 3, innerFilter: 4 } as const;

/** Resource numbers of asm-generic/resource.h. */
const RLIMIT: Readonly<Record<string, number>> = { cpu: 0, fsize: 1, data: 2, core: 4, nproc: 6, nofile: 7 };

/** One start through `launcher.pl`. */
export interface PerlLaunch {
  readonly mechanism: string;
  readonly policy: Policy;
  readonly line: CommandLine;
  readonly instructions: readonly Instruction[];
  readonly enforcement: Enforcement;
  /** Whether a launcher process stays above the plugin, to be asked by signals. */
  readonly isWatched: boolean;
  /** Host process id of the plugin, below the launcher's. */
  readonly pluginPid: (launcherPid: number) => Promise<number | null>;
  /** What lives as long as the plugin. */
  readonly resources: AsyncDisposableStack;
  readonly group: TaskGroup;
}

export function limitInstructions(policy: Policy, group: TaskGroup): Instruction[] {
  return Object.entries(resourceLimits(policy.limits, group.rlimit)).map(([name, value]) => [
    'limit',
    RLIMIT[name] ?? -1,
    value,
  ]);
}

export function environmentInstructions(env: Readonly<Record<string, string>>): Instruction[] {
  return Object.entries(env).map(([name, value]) => ['env', name, value]);
}

/** Starts the launcher with its instructions. Rejects with SANDBOX_LAUNCH_FAILED. */
export async function launchWithPerl(launch: PerlLaunch, tools: LaunchTools): Promise<ChildTree> {
  const { policy, line, group } = launch;
  const innerPath = line.innerFilter === null ? null : await tools.files.filter(line.innerFilter);
  using inner = innerPath === null ? null : openInheritable(innerPath);
  const child = await spawnPiped(
    policy.plugin,
    PERL,
    [LAUNCHER],
    ['pipe', ...(inner === null ? [] : [inner.fd])],
  );
  // The launcher does nothing before it has its instructions, so that everything it starts is counted.
  const counted = group
    .add(child)
    .then(() => child.pipe(FD.instructions).end(encodeInstructions(launch.instructions)));
  return new ChildTree(child, {
    tier: 'sandbox',
    mechanism: launch.mechanism,
    enforcement: launch.enforcement,
    forks: policy.forks,
    pluginPid: () => launch.pluginPid(child.pid),
    kill: () => child.signal(launch.isWatched ? 'SIGUSR1' : 'SIGKILL'),
    reachedPlugin: child.ended.then(({ code }) => code !== SETUP_FAILED),
    release: async () => {
      await counted;
      await launch.resources.disposeAsync();
    },
  });
}
