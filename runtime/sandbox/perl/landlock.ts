import { realpath } from 'node:fs/promises';
import { NexusError } from '../../base/errors.ts';
import type { Enforcement } from '../../contract/sandbox.ts';
import { MACHINE } from '../command-line.ts';
import type { LaunchTools } from '../launch-tools.ts';
import { firstChildOf } from '../host-processes.ts';
import type { ChildTree } from '../plugin-process.ts';
import type { Policy } from '../policy/policy.ts';
import { type Instruction, preamble } from './instructions.ts';
import { environmentInstructions, launchWithPerl, limitInstructions } from './spawn.ts';

/** What this machine's Landlock can do. */
export interface LandlockFeatures {
  /** Version of its interface; from 6 on (Linux 6.12) it keeps signals and abstract sockets apart. */
  readonly version: number;
}

const SIGKILL = 9;
const SIGUSR1 = 10;
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];
/** Facts about the machine that runtimes ask for at their start, and the process's own part of /proc. */
const PROC = ['meminfo', 'cpuinfo', 'stat', 'uptime', 'loadavg', 'version', 'filesystems'].map(
  (name) => `/proc/${name}`,
);
const ETC = ['/etc/hosts', '/etc/passwd', '/etc/group', '/etc/nsswitch.conf', '/etc/localtime'];

/** Starts a plugin that sees the machine's files, but opens only those it was granted. */
export async function launchWithLandlock(
  policy: Policy,
  features: LandlockFeatures,
  tools: LaunchTools,
): Promise<ChildTree> {
  refuseSockets(policy);
  await using resources = new AsyncDisposableStack();
  const group = resources.use(await tools.tasks.group(policy, false));
  const temporary = resources.use(await tools.files.temporaryDir(policy.plugin));
  const filter = {
    machine: MACHINE,
    forks: policy.forks,
    unixSockets: false,
    inetSockets: false,
    namespaces: false,
  };
  const [filterPath, files] = await Promise.all([
    tools.files.filter(filter),
    fileInstructions(policy, tools, temporary.path),
  ]);
  const program = policy.command === 'node' ? tools.closure.nodePath : policy.command;
  const command = [program, ...policy.nodeOptions, ...policy.args];
  const instructions: Instruction[] = [
    ...preamble(MACHINE),
    // The one who watches over a tree has to end it first.
    ['parent', process.pid, policy.forks ? SIGUSR1 : SIGKILL],
    ['filter', filterPath],
    ...(policy.forks ? ([['tree']] satisfies Instruction[]) : []),
    ['session'],
    ...files,
    ...limitInstructions(policy, group),
    ['directory', policy.cwd],
    ...environmentInstructions(environment(policy, temporary.path)),
    ['powerless'],
    ['restrict'],
    ['exec', command.length, ...command],
  ];
  return launchWithPerl(
    {
      mechanism: 'landlock',
      policy,
      line: { command, filter, innerFilter: null },
      instructions,
      enforcement: weakened(tools.tasks.enforcement(policy, false), features),
      isWatched: policy.forks,
      pluginPid: (pid) => (policy.forks ? firstChildOf(pid) : Promise.resolve(pid)),
      group,
      resources: resources.move(),
    },
    tools,
  );
}

function weakened(enforcement: Enforcement, features: LandlockFeatures): Enforcement {
  return {
    ...enforcement,
    // Before version 6 it could end other processes of the same user.
    processes: features.version >= 6 ? enforcement.processes : 'advisory',
  };
}

async function fileInstructions(
  policy: Policy,
  tools: LaunchTools,
  temporaryDir: string,
): Promise<Instruction[]> {
  const { closure } = tools;
  const execute = policy.forks ? 'execute' : 'read';
  const runtime = (policy.wholeSystem ? closure.system : closure.libraries).map((mount) => mount.source);
  const rules: Instruction[] = [
    ...[...runtime, closure.nodePath].map((path): Instruction => ['allow', 'execute', path]),
    ...(policy.command === 'node'
      ? []
      : [['allow', 'execute', await realpath(policy.command)] satisfies Instruction]),
    ['allow', 'read', '/proc/self'],
    ...(await present([...PROC, ...ETC])).map((path): Instruction => ['allow', 'read', path]),
    ...DEVICES.map((path): Instruction => ['allow', 'device', path]),
    ['allow', policy.forks ? 'write-execute' : 'write', temporaryDir],
    ...policy.mounts.map(({ source, writable }): Instruction =>
      writable ? ['allow', policy.forks ? 'write-execute' : 'write', source] : ['allow', execute, source],
    ),
  ];
  return rules;
}

/** The real paths of those that are there. */
async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => null)));
  return found.filter((path) => path !== null);
}

function environment(policy: Policy, temporaryDir: string): Record<string, string> {
  return {
    PATH: policy.wholeSystem ? '/usr/local/bin:/usr/bin:/bin' : '/nonexistent',
    HOME: temporaryDir,
    TMPDIR: temporaryDir,
    LANG: 'C.UTF-8',
    // Node reads it at its start, and ends when it may not.
    OPENSSL_CONF: '/dev/null',
    ...policy.env,
  };
}

/**
 * Here a plugin sees all path sockets of the machine, and neither Landlock nor a system call filter can tell one from
 * another: who may connect to the egress proxy could command every service that listens on one.
 */
function refuseSockets(policy: Policy): void {
  if (policy.network === null && !policy.mounts.some((mount) => mount.isSocket === true)) return;
  throw new NexusError('ISOLATION_UNAVAILABLE', {
    plugin: policy.plugin,
    wanted: 'sandbox',
    available: 'landlock',
    reason:
      'it was granted network hosts or a socket, and without namespaces it could reach every unix socket with them',
    todo:
      'Install bubblewrap or allow user namespaces; or write "isolation": "process" and start with ' +
      '--allow-unsandboxed, without any protection',
  });
}
