import type { Readable, Writable } from 'node:stream';
import type { Usage } from './health.ts';
import type { Isolation, Limits, Permissions } from './manifest.ts';

/** What is really in force for a running plugin, never what was hoped for. */
export type Tier = 'sandbox' | 'process' | 'worker';

/** How each dimension is held: by the operating system, by the runtime's good will, or not at all. */
export interface Enforcement {
  readonly files: 'enforced' | 'advisory' | 'none';
  readonly network: 'enforced' | 'advisory' | 'none';
  readonly processes: 'enforced' | 'advisory' | 'none';
  readonly memory: 'enforced' | 'advisory' | 'none';
}

/** What is needed to start one plugin process. All paths are absolute. */
export interface LaunchSpec {
  readonly plugin: string;
  /** The least isolation accepted; a launcher that cannot give it throws ISOLATION_UNAVAILABLE. */
  readonly isolation: Isolation;
  /** `node` stands for the kernel's own Node; anything else is an absolute path of a program. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment beyond PATH, HOME, TMPDIR, LANG, TZ and NODE_COMPILE_CACHE; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it is part of Nexus itself: only such code may run as a thread of the kernel (`worker`). */
  readonly isFirstParty: boolean;
  /** The plugin's own code: readable, never writable. */
  readonly packageDirs: readonly string[];
  /** The plugin's own data directory: readable and writable. */
  readonly dataDir: string;
  /** Granted permissions, with every `${…}` already filled in. */
  readonly permissions: Permissions;
  readonly limits: Omit<Limits, 'startMs'>;
}

/** One running plugin process tree. The owner must call `kill()` or await `exited`. */
export interface PluginProcess extends AsyncDisposable {
  /** Process id of the outermost process on the host (the sandbox's own, if there is one); 0 for a worker. */
  readonly pid: number;
  readonly tier: Tier;
  /** Name of the mechanism, such as "bubblewrap", for the status shown to people. */
  readonly mechanism: string;
  readonly enforcement: Enforcement;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the whole process tree is gone. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Ends stdin, waits `graceMs`, then TERM, waits, then KILL of the whole tree; idempotent. */
  stop(graceMs: number): Promise<ProcessExit>;
  /** KILL of the whole tree at once; idempotent. */
  kill(): Promise<ProcessExit>;
  /** What the whole tree uses now; null when it is gone. Never rejects. */
  usage(): Promise<ProcessUsage | null>;
}

export type ProcessUsage = Omit<Usage, 'cpuPercent'>;

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the sandbox itself ended it, in plain words; absent when it did not. */
  readonly reason?: string;
}

/** One line of what the machine can or cannot do, for `nexus doctor`. */
export interface ProbeResult {
  readonly mechanism: string;
  readonly works: boolean;
  /** Why it does not work, in plain words; empty when it works. */
  readonly reason: string;
  /** What the operator can do about it; empty when it works. */
  readonly remedy: string;
}

/** The door of `sandbox/`. */
export interface Sandbox extends AsyncDisposable {
  /** The strongest tier this machine enforces, found by launching a real probe at boot. */
  readonly tier: Tier;
  readonly mechanism: string;
  readonly probes: readonly ProbeResult[];
  launch(spec: LaunchSpec, signal?: AbortSignal): Promise<PluginProcess>;
}

/** Why the egress proxy let a connection through or not; reported to the operator's log. */
export interface EgressDecision {
  readonly plugin: string;
  readonly host: string;
  readonly port: number;
  readonly allowed: boolean;
  readonly reason: string;
}
