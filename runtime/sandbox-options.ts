import { join } from 'node:path';
import { rootDir, type Config } from './config.ts';
import type { SandboxOptions } from './sandbox/index.ts';

/** What the sandbox must know of the folders of an installation. */
export function sandboxOptionsOf(config: Config): SandboxOptions {
  const { dataDir, manifestsDir, pluginsDir, allowUnsandboxed } = config;
  // The workspace and the data directory lie in the program's folder too, unless they are told to lie elsewhere.
  const program = ['bin', 'node_modules', 'package.json', 'plugin-template', 'runtime', 'scripts'];
  const protectedPaths = [manifestsDir, pluginsDir, ...program.map((name) => join(rootDir, name))];
  return { dataDir, protectedPaths, allowUnsandboxed };
}
