import { commandLine, MACHINE } from '../command-line.ts';
import type { LaunchTools } from '../launch-tools.ts';
import { firstChildOf } from '../host-processes.ts';
import { INSIDE, MEMORY_BYTES, ownRootEnvironment, runtimeMounts } from '../own-root.ts';
import type { ChildTree } from '../plugin-process.ts';
import type { Mount, Policy } from '../policy/policy.ts';
import { type Instruction, preamble } from './instructions.ts';
import { environmentInstructions, FD, launchWithPerl, limitInstructions } from './spawn.ts';

/** What this machine lets a launcher do in namespaces of its own. */
export interface NamespaceFeatures {
  /** In containers that mask parts of /proc no other /proc can be mounted. */
  readonly proc: boolean;
}

const SIGKILL = 9;
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'];
const DEVICE_LINKS = { fd: '', stdin: '/0', stdout: '/1', stderr: '/2' };

/** Starts a plugin in namespaces and a root of its own that `launcher.pl` builds. */
export async function launchInNamespaces(
  policy: Policy,
  features: NamespaceFeatures,
  tools: LaunchTools,
): Promise<ChildTree> {
  const line = commandLine(policy, INSIDE, FD.innerFilter);
  await using resources = new AsyncDisposableStack();
  const group = resources.use(await tools.tasks.group(policy, true));
  const [etcDir, filterPath] = await Promise.all([tools.files.etcDir(), tools.files.filter(line.filter)]);
  const instructions: Instruction[] = [
    ...preamble(MACHINE),
    ['parent', process.pid, SIGKILL],
    ['filter', filterPath],
    ['namespaces', process.getuid?.() ?? 0, process.getgid?.() ?? 0],
    ['session'],
    ...rootInstructions(policy, features, tools, etcDir),
    ...limitInstructions(policy, group),
    ['directory', policy.cwd],
    ...environmentInstructions(ownRootEnvironment(policy)),
    ['powerless'],
    // Alone in its namespace a plugin is its own init; one that starts others needs somebody to collect orphans.
    ...(policy.forks ? ([['reaper']] satisfies Instruction[]) : []),
    ['exec', line.command.length, ...line.command],
  ];
  return launchWithPerl(
    {
      mechanism: 'namespaces',
      policy,
      line,
      instructions,
      enforcement: tools.tasks.enforcement(policy, true),
      isWatched: true,
      pluginPid: (pid) => pluginPid(pid, policy.forks),
      group,
      resources: resources.move(),
    },
    tools,
  );
}

function rootInstructions(
  policy: Policy,
  features: NamespaceFeatures,
  tools: LaunchTools,
  etcDir: string,
): Instruction[] {
  const links = policy.wholeSystem ? tools.closure.systemLinks : [];
  return [
    ...runtimeMounts(policy, tools.closure, etcDir).map(bind),
    ...links.map(({ target, path }): Instruction => ['link', target, path]),
    ...(features.proc ? ([['proc', '/proc']] satisfies Instruction[]) : []),
    ['tmpfs', '/dev', MEMORY_BYTES.dev],
    ...DEVICES.map((name): Instruction => ['bind', 'device', `/dev/${name}`, `/dev/${name}`]),
    ...Object.entries(DEVICE_LINKS).map(([name, fd]): Instruction => [
      'link',
      `/proc/self/fd${fd}`,
      `/dev/${name}`,
    ]),
    ['tmpfs', '/dev/shm', MEMORY_BYTES.shm],
    ['tmpfs', '/tmp', MEMORY_BYTES.tmp],
    ...policy.mounts.map(bind),
    ['seal', '/dev'],
    // Without capabilities too, host root could write to /proc/sys.
    ...(features.proc ? ([['seal', '/proc']] satisfies Instruction[]) : []),
    ['seal', '/'],
    // Any directory will do: what it hides is in reach already.
    ['root', '/tmp'],
  ];
}

function bind(mount: Mount): Instruction {
  return ['bind', mount.writable ? 'write' : 'read', mount.source, mount.target];
}

/** Below the launcher is the namespace's init: the plugin itself, or the one that collects its orphans. */
async function pluginPid(launcherPid: number, hasReaper: boolean): Promise<number | null> {
  const initPid = await firstChildOf(launcherPid);
  return initPid !== null && hasReaper ? firstChildOf(initPid) : initPid;
}
