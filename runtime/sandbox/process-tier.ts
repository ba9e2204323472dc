import { randomUUID } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import type { Enforcement } from '../contract/sandbox.ts';
import { signalProcess, untilGone } from './host-processes.ts';
import { prlimitArguments } from './limits.ts';
import { ChildTree } from './plugin-process.ts';
import type { Policy } from './policy/policy.ts';
import type { SandboxFiles } from './sandbox-files.ts';
import { spawnPiped } from './spawn-piped.ts';

/** Found in the environment of everything a plugin started, however far it went. */
const MARK = 'NEXUS_PROCESS_TREE';

/** What the machine offers beside Node; each is left out where it is missing. */
const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';

/**
 * Starts a plugin as an ordinary process with a clean environment. Nothing of it is a boundary: a plugin that means
 * harm gets around all of it.
 */
export async function launchAsProcess(
  policy: Policy,
  nodePath: string,
  files: SandboxFiles,
): Promise<ChildTree> {
  await using resources = new AsyncDisposableStack();
  const temporary = resources.use(await files.temporaryDir(policy.plugin));
  const mark = randomUUID();
  const [hasSetpriv, hasPrlimit] = await Promise.all([SETPRIV, PRLIMIT].map(isPresent));
  const isNode = policy.command === 'node';
  const command = [
    ...(hasSetpriv ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : []),
    ...(hasPrlimit ? [PRLIMIT, ...prlimitArguments(policy.limits, null), '--'] : []),
    ...(isNode ? [nodePath, ...permissionFlags(policy, temporary.path)] : [policy.command]),
    ...policy.nodeOptions,
    ...policy.args,
  ];
  const [program = nodePath, ...args] = command;
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: temporary.path,
    TMPDIR: temporary.path,
    LANG: 'C.UTF-8',
    ...policy.env,
    [MARK]: mark,
  };
  const child = await spawnPiped(policy.plugin, program, args, [], { cwd: policy.cwd, env, detached: true });
  const kept = resources.move();
  return new ChildTree(child, {
    tier: 'process',
    mechanism: 'process',
    enforcement: enforcement(policy, isNode, hasPrlimit === true),
    forks: policy.forks,
    pluginPid: () => Promise.resolve(child.pid),
    kill: async () => {
      child.signal('SIGKILL');
      await endMarked(mark);
    },
    reachedPlugin: Promise.resolve(true),
    release: async () => {
      await endMarked(mark);
      await kept.disposeAsync();
    },
  });
}

/**
 * Node's own permission model, the only thing there is at this tier. Addons and WASI stay allowed because published
 * packages need them; workers do not, because one started with an empty `execArgv` has no restrictions at all.
 */
function permissionFlags(policy: Policy, temporaryDir: string): string[] {
  const writable = policy.mounts.filter((mount) => mount.writable);
  const door = policy.network;
  return [
    '--permission',
    // That they are no boundary is what the status of this tier says.
    '--disable-warning=SecurityWarning',
    '--allow-addons',
    '--allow-wasi',
    ...(policy.forks ? ['--allow-child-process'] : []),
    ...policy.mounts.map((mount) => `--allow-fs-read=${mount.target}`),
    ...(door === null ? [] : [`--allow-fs-read=${door.preload}`]),
    ...writable.map((mount) => `--allow-fs-write=${mount.target}`),
    `--allow-fs-read=${temporaryDir}`,
    `--allow-fs-write=${temporaryDir}`,
  ];
}

function enforcement(policy: Policy, isNode: boolean, hasPrlimit: boolean): Enforcement {
  return {
    files: isNode ? 'advisory' : 'none',
    network: policy.network === null ? 'none' : 'advisory',
    processes: isNode && !policy.forks ? 'advisory' : 'none',
    memory: hasPrlimit ? 'advisory' : 'none',
  };
}

/** Kills what carries the mark until nothing does. */
async function endMarked(mark: string): Promise<void> {
  for (let pids = await findMarked(mark); pids.length > 0; pids = await findMarked(mark)) {
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    await Promise.all(pids.map(untilGone));
  }
}

async function findMarked(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      // Other users' processes cannot be read, and those that end in between are gone.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.includes(`${MARK}=${mark}`);
    }),
  );
  return pids.filter((_, index) => marked[index]).map(Number);
}

function isPresent(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
