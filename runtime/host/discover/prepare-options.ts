import type { PathPlaces } from './placeholders.ts';

/** Folders of the kernel that preparing the source of one plugin needs. All absolute. */
export interface PreparePlaces extends PathPlaces {
  /** First-party and added plugins, where a bare `source.plugin` name is looked up. */
  readonly pluginsDir: string;
  readonly dataDir: string;
  /** The kernel's environment: PATH, npm's configuration, variables for `${env:NAME}`. */
  readonly environment: NodeJS.ProcessEnv;
}

/** How far the installation of a package is, for people to watch. */
export interface InstallProgress {
  readonly package: string;
  readonly phase: 'waiting' | 'resolving' | 'downloading' | 'unpacking' | 'done';
  /** Packages fetched so far, dependencies included. */
  readonly fetched: number;
  /** The same in words. */
  readonly text: string;
}

export interface PrepareOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: InstallProgress) => void;
}

/** How the program of a process is started, before its artifact is hashed. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly packageDirs: readonly string[];
  /** Files and folders whose content is the plugin's code. */
  readonly artifacts: readonly string[];
  readonly warnings: readonly string[];
}
