import type { Manifest } from '../contract/manifest.ts';
import type { PreparedProcess } from '../contract/plugin-package.ts';
import type { PluginProcess, Sandbox } from '../contract/sandbox.ts';
import { fillPermissions, type PathPlaces } from './discover/placeholders.ts';
import { settingsEnvironment } from './plugin-settings.ts';

/** A plugin that is ready to be started as a process. */
export interface PluginLaunch {
  readonly manifest: Manifest;
  readonly source: PreparedProcess;
  readonly isFirstParty: boolean;
  readonly sandbox: Sandbox;
  readonly places: PathPlaces;
}

/** Starts the process of a plugin with what its manifest grants. */
export async function launchPlugin(launch: PluginLaunch, signal: AbortSignal): Promise<PluginProcess> {
  const { manifest, source, places, sandbox, isFirstParty } = launch;
  return await sandbox.launch(
    {
      plugin: manifest.name,
      isolation: manifest.isolation,
      command: source.command,
      args: source.args,
      cwd: source.cwd,
      env: {
        NEXUS_WORKSPACE: places.workspaceDir,
        ...grantedEnv(manifest, process.env),
        // What a package's own files say gives way to settings; what the manifest itself says does not.
        ...('plugin' in manifest.source ? source.env : {}),
        ...settingsEnvironment(manifest, places.settings ?? new Map()),
        ...('plugin' in manifest.source ? {} : source.env),
      },
      isFirstParty,
      packageDirs: source.packageDirs,
      dataDir: places.pluginDataDir,
      permissions: fillPermissions(manifest.permissions, places),
      limits: manifest.limits,
    },
    signal,
  );
}

/** The kernel's environment variables that the manifest grants; one that is not set is left out. */
function grantedEnv(manifest: Manifest, kernelEnv: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = {};
  for (const key of manifest.permissions.env) {
    const value = kernelEnv[key];
    if (value !== undefined) env[key] = value;
  }
  return env;
}
