import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { NexusError, systemCode } from './base/errors.ts';
import { rootDir, type Config } from './config.ts';
import type { Manifest } from './contract/manifest.ts';
import type { PluginProcess, Sandbox } from './contract/sandbox.ts';
import { settingProblem, settingValueSchema } from './contract/setting-option.ts';
import { isFirstParty, pluginDataDirOf, Preparer, readManifest } from './host/discover/index.ts';
import type { SettingValues } from './host/discover/placeholders.ts';
import { launchPlugin } from './host/launch-plugin.ts';
import { pluginSettings } from './host/plugin-settings.ts';
import { sandboxOptionsOf } from './sandbox-options.ts';
import { createSandbox } from './sandbox/index.ts';

/** One plugin in its sandbox, without a kernel. Dispose it to end the plugin. */
export interface RunningPlugin extends AsyncDisposable {
  readonly name: string;
  readonly process: PluginProcess;
}

/**
 * Starts the plugin of one manifest as the kernel would, and leaves the conversation to the caller.
 * Settings are those of NEXUS_SETTINGS in this process's environment. Throws what a kernel would show as the plugin's error,
 * and USAGE for what cannot be run here.
 */
export async function runPlugin(config: Config, file: string, signal: AbortSignal): Promise<RunningPlugin> {
  const manifestsDir = dirname(resolve(file));
  const { dataDir, pluginsDir, workspaceDir } = config;
  const manifest = await readManifest(resolve(file), readText(file));
  const settings = readSettings(manifest, process.env['NEXUS_SETTINGS'] ?? '{}', workspaceDir);
  const pluginDataDir = pluginDataDirOf(dataDir, manifest.name);
  const places = { manifestsDir, workspaceDir, pluginDataDir, settings };
  const preparer = new Preparer({
    manifestsDir,
    pluginsDir,
    dataDir,
    workspaceDir,
    environment: process.env,
  });
  await using stack = new AsyncDisposableStack();
  const source = await preparer.prepare(manifest, { signal, settings, isFollowed: () => true });
  if (source.kind === 'remote')
    throw new NexusError('USAGE', {
      problem: `"${manifest.name}" is a remote server: nothing of it runs here`,
    });
  const sandbox = await openSandbox({ ...config, manifestsDir }, stack);
  const isOwn = isFirstParty(manifest, { manifestsDir, pluginsDir }, rootDir);
  const launch = { manifest, source, places, sandbox, isFirstParty: isOwn };
  const child = await launchPlugin(launch, signal);
  const owned = stack.move();
  return { name: manifest.name, process: child, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The values given for what the manifest declares, and its defaults. Throws USAGE or SETTING_MISSING. */
function readSettings(manifest: Manifest, text: string, workspaceDir: string): SettingValues {
  const parsed = z.record(z.string(), settingValueSchema).safeParse(parseJson(text));
  if (!parsed.success) throw unusable('is no JSON object of texts, numbers, switches and lists');
  for (const [key, value] of Object.entries(parsed.data)) {
    const option = manifest.settings[key];
    if (option === undefined)
      throw unusable(
        `sets "${key}", which "settings" of the manifest of "${manifest.name}" does not declare`,
      );
    const problem = settingProblem(option, value);
    if (problem !== undefined) throw unusable(`sets "${key}", which ${problem}`);
  }
  return pluginSettings(
    manifest,
    (key) => parsed.data[key.slice(`plugin.${manifest.name}.`.length)],
    workspaceDir,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function unusable(problem: string): NexusError {
  return new NexusError('USAGE', { problem: `NEXUS_SETTINGS ${problem}` });
}

/** A sandbox with files of its own: several may run over one data directory, a kernel's among them. */
async function openSandbox(config: Config, stack: AsyncDisposableStack): Promise<Sandbox> {
  const scratch = mkdtempSync(join(tmpdir(), 'nexus-run-'));
  stack.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const options = sandboxOptionsOf(config);
  const protectedPaths = [...options.protectedPaths, config.dataDir];
  return stack.use(await createSandbox({ ...options, protectedPaths, dataDir: scratch }));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new NexusError('USAGE', { problem: `The manifest ${file} cannot be read (${code})` }, error);
  }
}
