import type { Config, ConfigOptions, Enforceable, Kernel, RunningPlugin } from '../../index.ts';

/**
 * What the command line needs of the program it belongs to. The kernel is loaded by `serve` and `probe` only: a
 * command that merely asks a running kernel starts in a third of the time.
 */
export interface CliDeps {
  /** The folder of the program itself. */
  readonly rootDir: string;
  readonly readConfig: (options: ConfigOptions) => Config;
  /** Starts a kernel with all its edges. */
  readonly serve: (config: Config) => Promise<ServedKernel>;
  /** Starts the plugin of one manifest, without a kernel. */
  readonly run: (config: Config, manifestFile: string, signal: AbortSignal) => Promise<RunningPlugin>;
  /** Finds out what this machine can enforce, without a kernel. */
  readonly probe: (config: Config) => Promise<Enforceable>;
}

export interface ServedKernel extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly url: string;
  readonly mcpUrl: string;
}
