/** One host path as it appears inside the sandbox. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

/** Limits as the operating system takes them; absent means unlimited. */
export interface ProcessLimits {
  /** RLIMIT_DATA: private writable memory, what the runtime reserves for itself included. */
  readonly dataBytes: number;
  readonly cpuSeconds: number | undefined;
  readonly pids: number;
}

/** What one plugin may do, in the terms of an operating system; each launcher renders it in its own way. */
export interface Policy {
  readonly plugin: string;
  /** Everything but the runtime: package, data directory and granted paths, outer directories first. */
  readonly mounts: readonly Mount[];
  /** Whether /usr and its companions are the runtime, rather than Node alone. */
  readonly wholeSystem: boolean;
  /** Program and arguments; `node` is the kernel's own Node. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Complete: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly forks: boolean;
  readonly network: boolean;
  readonly limits: ProcessLimits;
}
