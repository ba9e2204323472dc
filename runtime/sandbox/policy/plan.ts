import { mkdir, realpath } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { messageOf, NexusError, systemCode } from '../../base/errors.ts';
import type { LaunchSpec } from '../../contract/sandbox.ts';
import { checkEnvironment } from './environment.ts';
import { isWithin, resolveGrants } from './grants.ts';
import type { Mount, Policy } from './policy.ts';

const MIB = 1024 * 1024;
/**
 * Private writable memory a runtime reserves before it does anything. An idle Node 24.21 has 560 MiB, of which V8 maps
 * 512 as code range, and below 575 it does not start. Each further worker thread, such as the one that runs module hooks,
 * maps another 526, and one must be possible: tsx and the transports of pino have one. Any program may be a Node.
 */
const RESERVED_BYTES = (576 + 528) * MIB;
/** Interpreters that reserve nothing: python3 starts with 12 MiB. */
const LIGHT = /^(?:python|perl|ruby|php|lua|(?:ba|da)?sh$)/;
const LIGHT_BYTES = 64 * MIB;
/** Node starts 11 threads, and hangs at its start when it cannot. */
const RUNTIME_TASKS = 16;

/** What the rest of the system says of paths. */
export interface PlanContext {
  readonly protectedPaths: readonly string[];
  /** Where every sandbox that runs a program other than Node sees the system itself, such as /usr. */
  readonly systemPaths: readonly string[];
  /** The time zone of the machine; null when it is not known. */
  readonly timezone: string | null;
}

/**
 * Turns permissions and limits into what an operating system can hold. Rejects with PERMISSION_REFUSED and
 * COMMAND_MISSING.
 */
export async function planPolicy(spec: LaunchSpec, context: PlanContext): Promise<Policy> {
  checkEnvironment(spec);
  await mkdir(spec.dataDir, { recursive: true, mode: 0o700 });
  const { exec, net } = spec.permissions;
  const [own, grants, command] = await Promise.all([
    ownMounts(spec),
    resolveGrants(spec, context.protectedPaths),
    commandMounts(spec),
  ]);
  // Among granted directories Node must not connect to the egress socket itself: see `unixSockets`. What does it instead
  // needs the system.
  const wholeSystem = exec || spec.command !== 'node' || (net.length > 0 && grants.length > 0);
  const mounts = [...own, ...grants];
  const visible = [...mounts.map((mount) => mount.target), ...(wholeSystem ? context.systemPaths : [])];
  const isVisible = (path: string): boolean => visible.some((place) => isWithin(place, path));
  if (!isVisible(spec.cwd) && spec.cwd !== '/tmp') {
    throw new NexusError('PERMISSION_REFUSED', {
      plugin: spec.plugin,
      permission: `the working directory "${spec.cwd}"`,
      problem: 'it is not among the paths it may read',
      todo: 'Add it to permissions.fs.read, or leave "cwd" out',
    });
  }
  const isLight = !exec && LIGHT.test(basename(spec.command));
  const unseen = command.filter((mount) => !isVisible(mount.target));
  return {
    plugin: spec.plugin,
    mounts: [...mounts, ...unseen].sort((a, b) => a.target.length - b.target.length),
    wholeSystem,
    command: spec.command,
    // So that V8 collects its garbage in time.
    nodeOptions: spec.command === 'node' ? [`--max-old-space-size=${spec.limits.memoryMb}`] : [],
    args: spec.args,
    cwd: spec.cwd,
    env: environmentOf(spec, context.timezone),
    forks: exec,
    unixSockets: grants.some((grant) => grant.isSocket === true) || (exec && grants.length === 0),
    network: null,
    limits: {
      dataBytes: (isLight ? LIGHT_BYTES : RESERVED_BYTES) + spec.limits.memoryMb * MIB,
      heapMb: spec.limits.memoryMb,
      cpuSeconds: spec.limits.cpuSeconds,
      tasks: RUNTIME_TASKS + spec.limits.pids,
    },
  };
}

/** The declared environment, and what a manifest may change but need not think of. */
function environmentOf(spec: LaunchSpec, timezone: string | null): Record<string, string> {
  return {
    ...(timezone === null ? {} : { TZ: timezone }),
    // Node keeps compiled code where the plugin may write anyway; what it puts there only itself will ever run.
    ...(spec.command === 'node' ? { NODE_COMPILE_CACHE: join(spec.dataDir, '.cache', 'node') } : {}),
    ...spec.env,
  };
}

async function ownMounts(spec: LaunchSpec): Promise<Mount[]> {
  const code = spec.packageDirs.find((dir) => isWithin(spec.dataDir, dir));
  if (code !== undefined) {
    throw new NexusError('PERMISSION_REFUSED', {
      plugin: spec.plugin,
      permission: `its data directory "${spec.dataDir}"`,
      problem: `its own code "${code}" lies in it, so that it could replace it`,
      todo: 'Keep the package elsewhere',
    });
  }
  const mounts = await Promise.all([
    ...spec.packageDirs.map((path) => mountsOf(path, false)),
    mountsOf(spec.dataDir, true),
  ]);
  return mounts.flat();
}

/** The program itself is visible wherever it lies: the manifest names it. */
async function commandMounts(spec: LaunchSpec): Promise<Mount[]> {
  if (spec.command === 'node') return [];
  if (!isAbsolute(spec.command)) throw missing(spec, 'Write its absolute path');
  return mountsOf(spec.command, false).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') throw missing(spec, 'Install it, or correct "command"');
    throw missing(spec, `Check the path: ${messageOf(error)}`);
  });
}

function missing(spec: LaunchSpec, todo: string): NexusError {
  return new NexusError('COMMAND_MISSING', { plugin: spec.plugin, command: spec.command, todo });
}

/** A path under the name it was given and, when that leads through links, under its real one. */
async function mountsOf(path: string, writable: boolean): Promise<Mount[]> {
  const source = await realpath(path);
  return [...new Set([path, source])].map((target) => ({ source, target, writable }));
}
