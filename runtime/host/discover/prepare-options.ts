import { join } from 'node:path';
import type { PreparedSource } from '../../contract/plugin-package.ts';
import type { SettingValues } from './placeholders.ts';

/** Folders of the kernel that preparing sources needs. All absolute. */
export interface KernelPlaces {
  readonly manifestsDir: string;
  /** First-party and added plugins, where a bare `source.plugin` name is looked up. */
  readonly pluginsDir: string;
  readonly dataDir: string;
  readonly workspaceDir: string;
  /** The kernel's environment: PATH, npm's configuration, variables for `${env:NAME}`. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The data directory of a plugin: the only folder that is always its own to write. */
export function pluginDataDirOf(dataDir: string, plugin: string): string {
  return join(dataDir, 'plugins', plugin);
}

/** How far the installation of a package is, for people to watch. */
export interface InstallProgress {
  readonly package: string;
  readonly phase: 'waiting' | 'resolving' | 'downloading' | 'done';
  /** Packages installed so far, and in all; 0 and 0 while that is not known. */
  readonly done: number;
  readonly total: number;
  /** The same in words. */
  readonly text: string;
}

export interface PrepareOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: InstallProgress) => void;
  /** Whether nobody is asked when its code changes, so that not all of it need be looked at. Never when absent. */
  readonly isFollowed?: (source: PreparedSource) => boolean;
  /** What `${settings.KEY}` stands for. */
  readonly settings?: SettingValues;
  /** The settings whose value is kept as a secret, whether they are declared so or not. None when absent. */
  readonly sealed?: ReadonlySet<string>;
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
  /** What else can run or steer it, beside these and `packageDirs`. */
  readonly content?: readonly string[];
  /** What else decides what runs: part of the artifact's hash, so without secrets of the environment. */
  readonly how: unknown;
  readonly warnings: readonly string[];
}
