import { join, resolve, sep } from 'node:path';
import { rootDir, type Config } from './config.ts';
import type { Manifest } from './contract/manifest.ts';
import type { SandboxOptions } from './sandbox/index.ts';

/** Packages in the plugins/ folder of Nexus itself, whatever folder the operator keeps others in. */
export function isFirstParty({ source }: Manifest, manifestsDir: string): boolean {
  if (!('plugin' in source)) return false;
  const dir = resolve(manifestsDir, source.plugin);
  return dir.startsWith(join(rootDir, 'plugins', sep));
}

/** What the sandbox must know of the folders of an installation. */
export function sandboxOptionsOf(config: Config): SandboxOptions {
  const { dataDir, manifestsDir, pluginsDir, allowUnsandboxed } = config;
  // The workspace and the data directory lie in the program's folder too, unless they are told to lie elsewhere.
  const program = ['bin', 'node_modules', 'package.json', 'plugin-template', 'runtime', 'scripts'];
  const protectedPaths = [manifestsDir, pluginsDir, ...program.map((name) => join(rootDir, name))];
  return { dataDir, protectedPaths, allowUnsandboxed };
}
