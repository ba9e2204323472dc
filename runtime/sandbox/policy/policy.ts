/** One host path as it appears inside the sandbox. */
export interface Mount {
  /** Canonical: no link on the way. */
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
  /** A service rather than a file. */
  readonly isSocket?: boolean;
}

/** The open network door of a plugin, on the host. */
export interface NetworkDoor {
  readonly socketPath: string;
  /** A script for `node --require` that leads connections to it. */
  readonly preload: string;
  /** A script that makes it an HTTP proxy on loopback, for programs that are not Node. */
  readonly forwarder: string;
}

/** Limits as the operating system takes them. */
export interface ProcessLimits {
  /** RLIMIT_DATA: private writable memory, what the runtime reserves for itself included. */
  readonly dataBytes: number;
  /** The heap of a worker thread. */
  readonly heapMb: number;
  /** Unlimited when undefined. */
  readonly cpuSeconds: number | undefined;
  /** Processes and threads together, those of the runtime included. */
  readonly tasks: number;
}

/** What one plugin may do, in the terms of an operating system; each launcher renders it in its own way. */
export interface Policy {
  readonly plugin: string;
  /** Everything but the runtime: package, data directory and granted paths, outer directories first. */
  readonly mounts: readonly Mount[];
  /** Whether /usr and its companions are the runtime, rather than Node alone. */
  readonly wholeSystem: boolean;
  /** `node` is the kernel's own Node. */
  readonly command: string;
  /** Options of Node itself, before its arguments. */
  readonly nodeOptions: readonly string[];
  readonly args: readonly string[];
  readonly cwd: string;
  /** The environment but for what every plugin gets: PATH, HOME, TMPDIR, LANG. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it may start processes. */
  readonly forks: boolean;
  /**
   * Whether it may connect to unix sockets: when it was granted one, or when it may start others and sees none but its
   * own. No mount option keeps a plugin from a service whose socket lies in a directory it may only read.
   */
  readonly unixSockets: boolean;
  readonly network: NetworkDoor | null;
  readonly limits: ProcessLimits;
}
