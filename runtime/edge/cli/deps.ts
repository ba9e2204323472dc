import type { Config, Kernel } from '../../index.ts';

/** What the command line needs of the program it belongs to. */
export interface CliDeps {
  /** Starts a kernel with all its edges. */
  readonly serve: (config: Config) => Promise<ServedKernel>;
}

export interface ServedKernel extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly url: string;
  readonly mcpUrl: string;
}
