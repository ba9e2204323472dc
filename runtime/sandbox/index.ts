import { join } from 'node:path';
import { NexusError } from '../base/errors.ts';
import type { LaunchSpec, PluginProcess, ProbeResult, Sandbox, Tier } from '../contract/sandbox.ts';
import { launchInBubblewrap } from './bubblewrap/launch.ts';
import type { LaunchTools } from './launch-tools.ts';
import { type DoorSettings, NetworkDoors } from './network-door.ts';
import { MemoryWatch } from './memory-watch.ts';
import { launchWithLandlock } from './perl/landlock.ts';
import { launchInNamespaces } from './perl/namespaces.ts';
import { ChildTree } from './plugin-process.ts';
import { planPolicy } from './policy/plan.ts';
import type { Policy } from './policy/policy.ts';
import { MachineProbe } from './probe/machine-probe.ts';
import { type MechanismName, MECHANISMS } from './probe/machine.ts';
import { launchAsProcess } from './process-tier.ts';
import type { RuntimeClosure } from './runtime-closure.ts';
import { SandboxFiles } from './sandbox-files.ts';
import { TaskLimit } from './task-limit.ts';
import { findTimezone } from './timezone.ts';
import { launchAsWorker } from './worker-tier.ts';

/** How a sandbox is set up. All paths are absolute. */
export interface SandboxOptions {
  /** The kernel's data directory; the sandbox keeps its own files in `sandbox/` below it. */
  readonly dataDir: string;
  /**
   * Never granted, nor anything that contains or lies in them; a plugin's own package and data directory excepted.
   * The data directory itself is always among them.
   */
  readonly protectedPaths: readonly string[];
  /** Lets a plugin that asks for `sandbox` run as a plain process where the machine cannot enforce more. */
  readonly allowUnsandboxed: boolean;
  /** Uses this mechanism or none, instead of the strongest that works. */
  readonly forceMechanism?: MechanismName | 'none';
  /** How names are resolved and who hears of decisions, for all plugins with network permissions. */
  readonly egress?: DoorSettings;
}

/** Finds out what this machine can enforce and answers the door through which plugins are started. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const directory = join(options.dataDir, 'sandbox');
  const files = new SandboxFiles(directory);
  const tasks = new TaskLimit();
  const probe = new MachineProbe({
    cachePath: join(directory, 'verdict.json'),
    nodePath: process.execPath,
    files,
    tasks,
  });
  const [timezone] = await Promise.all([findTimezone(), probe.run(), tasks.open()]);
  return new LocalSandbox({ ...options, timezone }, probe, files, tasks);
}

class LocalSandbox implements Sandbox {
  readonly #options: SandboxOptions & { readonly timezone: string | null };
  readonly #probe: MachineProbe;
  readonly #files: SandboxFiles;
  readonly #tasks: TaskLimit;
  readonly #doors: NetworkDoors;
  readonly #memory = new MemoryWatch();
  readonly #running = new Map<PluginProcess, Promise<void>>();

  constructor(
    options: SandboxOptions & { readonly timezone: string | null },
    probe: MachineProbe,
    files: SandboxFiles,
    tasks: TaskLimit,
  ) {
    this.#options = options;
    this.#probe = probe;
    this.#files = files;
    this.#tasks = tasks;
    this.#doors = new NetworkDoors(join(options.dataDir, 'sandbox', 'net'), options.egress ?? {});
  }

  get tier(): Tier {
    return this.#mechanism === null ? 'process' : 'sandbox';
  }

  get mechanism(): string {
    return this.#mechanism ?? 'process';
  }

  get probes(): readonly ProbeResult[] {
    return [...this.#probe.probes, this.#tasks.probe];
  }

  async launch(spec: LaunchSpec, signal?: AbortSignal): Promise<PluginProcess> {
    signal?.throwIfAborted();
    await this.#probe.repeatIfDoubtful();
    const mechanism = spec.isolation === 'sandbox' ? this.#mechanism : null;
    if (spec.isolation === 'sandbox' && mechanism === null && !this.#options.allowUnsandboxed)
      throw this.#refusal(spec);
    if (spec.isolation === 'worker') this.#requireFirstParty(spec);

    const planned = await planPolicy(spec, {
      protectedPaths: [...this.#options.protectedPaths, this.#options.dataDir],
      systemPaths: systemPathsOf(this.#probe.closure),
      timezone: this.#options.timezone,
    });
    await using resources = new AsyncDisposableStack();
    const { net } = spec.permissions;
    const policy =
      net.length === 0 || spec.isolation === 'worker'
        ? planned
        : resources.use(await this.#doors.open(planned, net, mechanism !== null)).policy;
    const plugin =
      spec.isolation === 'worker' ? launchAsWorker(policy) : await this.#start(policy, mechanism);
    if (plugin instanceof ChildTree) resources.defer(this.#memory.add(plugin, spec.limits.memoryMb));
    this.#own(plugin, resources.move());
    if (signal?.aborted) {
      await plugin.kill();
      signal.throwIfAborted();
    }
    return plugin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running];
    await Promise.all(running.map(([plugin]) => plugin.kill()));
    await Promise.all(running.map(([, released]) => released));
    await Promise.all([this.#doors.close(), this.#tasks.close()]);
  }

  get #mechanism(): MechanismName | null {
    const { forceMechanism } = this.#options;
    const wanted = MECHANISMS.filter((name) => forceMechanism === undefined || forceMechanism === name);
    return wanted.find((name) => this.#probe.verdict?.[name]) ?? null;
  }

  async #start(policy: Policy, mechanism: MechanismName | null): Promise<ChildTree> {
    const { closure, verdict } = this.#probe;
    const tools: LaunchTools | null = closure && { closure, files: this.#files, tasks: this.#tasks };
    if (tools !== null && mechanism === 'bubblewrap' && verdict?.bubblewrap) {
      return launchInBubblewrap(policy, verdict.bubblewrap, tools);
    }
    if (tools !== null && mechanism === 'namespaces' && verdict?.namespaces) {
      return launchInNamespaces(policy, verdict.namespaces, tools);
    }
    if (tools !== null && mechanism === 'landlock' && verdict?.landlock) {
      return launchWithLandlock(policy, verdict.landlock, tools);
    }
    return launchAsProcess(policy, process.execPath, this.#files);
  }

  #own(plugin: PluginProcess, resources: AsyncDisposableStack): void {
    this.#running.set(plugin, this.#release(plugin, resources));
  }

  async #release(plugin: PluginProcess, resources: AsyncDisposableStack): Promise<void> {
    await plugin.exited;
    if (plugin instanceof ChildTree && !plugin.reachedPlugin) this.#probe.doubt();
    await resources.disposeAsync();
    this.#running.delete(plugin);
  }

  #refusal(spec: LaunchSpec): NexusError {
    const { probes } = this.#probe;
    return new NexusError('ISOLATION_UNAVAILABLE', {
      plugin: spec.plugin,
      wanted: 'sandbox',
      available: 'process',
      reason: probes.map((probe) => `${probe.mechanism}: ${probe.reason || 'not chosen'}`).join('; '),
      todo: `${probes[0]?.remedy || 'Let the strongest mechanism be chosen'}, or start with --allow-unsandboxed`,
    });
  }

  #requireFirstParty(spec: LaunchSpec): void {
    if (spec.isFirstParty) return;
    throw new NexusError('PERMISSION_REFUSED', {
      plugin: spec.plugin,
      permission: 'isolation "worker"',
      problem: 'a thread of the kernel can do all the kernel can, and this plugin is not part of Nexus',
      todo: 'Write "isolation": "sandbox"',
    });
  }
}

/** Where programs other than Node see the system. */
function systemPathsOf(closure: RuntimeClosure | null): string[] {
  if (closure === null) return [];
  return [...closure.system.map((mount) => mount.target), ...closure.systemLinks.map((link) => link.path)];
}
