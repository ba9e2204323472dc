import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Conversation } from './conversation.ts';
import { findNexus } from './find-nexus.ts';
import { isObject, type JsonObject } from './json.ts';
import { readServer, type PackageFiles } from './package-files.ts';

/** The folders of one test; they end with it. */
export interface TestFolders {
  readonly manifests: string;
  readonly workspace: string;
  /** The kernel's data directory, of which the plugin gets a part. */
  readonly data: string;
}

/** How a plugin is held while it is tested. */
export interface Isolation {
  readonly tier: string;
  readonly mechanism: string;
  /** Why there is no sandbox around it; false when there is one. */
  readonly unsandboxed: false | string;
}

export interface StartedPlugin {
  readonly conversation: Conversation;
  readonly isolation: Isolation;
}

/**
 * Starts a plugin as Nexus would, in its sandbox and with the permissions of its manifest. Without a Nexus
 * installation around, it starts as any other client would start it: as a plain process.
 */
export async function startPlugin(
  files: PackageFiles,
  folders: TestFolders,
  settings: JsonObject,
): Promise<StartedPlugin> {
  const environment = { ...process.env, NEXUS_SETTINGS: JSON.stringify(settings) };
  const nexus = findNexus(files.home, environment);
  return nexus === undefined
    ? startPlainly(files, folders, environment)
    : await startWithNexus(nexus, files, folders, environment, settings);
}

async function startWithNexus(
  nexus: string,
  { name, folder, manifest, asked }: PackageFiles,
  { manifests, workspace, data }: TestFolders,
  { NODE_OPTIONS: _options, ...env }: NodeJS.ProcessEnv,
  settings: JsonObject,
): Promise<StartedPlugin> {
  const file = join(manifests, `${name}.json`);
  writeFileSync(
    file,
    JSON.stringify({
      ...(manifest ?? { ...asked, settings: declare(settings) }),
      source: { plugin: folder },
    }),
  );
  const places = ['--data', data, '--workspace', workspace];
  const args = [nexus, 'plugin', 'run', file, '--json', '--allow-unsandboxed', ...places];
  const conversation = new Conversation(spawn(process.execPath, args, { env }));
  const line = await conversation.firstLogLine;
  const report = line.startsWith('{') ? JSON.parse(line) : undefined;
  if (!isObject(report)) {
    await conversation.close();
    throw new Error(`The plugin did not start. ${conversation.log.join('\n')}`);
  }
  conversation.log.shift();
  const { tier, mechanism } = report;
  const unsandboxed = tier === 'sandbox' ? false : 'no sandbox around this plugin; "nexus doctor" says why';
  return {
    conversation,
    isolation: { tier: String(tier), mechanism: String(mechanism), unsandboxed },
  };
}

/** The settings given, as a manifest would declare them. */
function declare(settings: JsonObject): JsonObject {
  const declared = Object.entries(settings).map(([key, value]) => {
    const isList = Array.isArray(value);
    return [key, { type: isList ? 'string' : typeof value, title: key, ...(isList && { multiple: true }) }];
  });
  return Object.fromEntries(declared);
}

function startPlainly(
  { name, folder }: PackageFiles,
  { workspace, data }: TestFolders,
  { PATH, HOME, NEXUS_SETTINGS }: NodeJS.ProcessEnv,
): StartedPlugin {
  const own = join(data, 'plugins', name);
  mkdirSync(own, { recursive: true });
  const places = { PLUGIN_ROOT: folder, PLUGIN_DATA: own };
  const fill = (text: string): string =>
    text.replaceAll(/\$\{(PLUGIN_ROOT|PLUGIN_DATA)\}/g, (_, place: string) =>
      place === 'PLUGIN_ROOT' ? folder : own,
    );
  const { command, args, env } = readServer(folder);
  const declared = Object.entries(env).map(([key, value]) => [key, fill(String(value))]);
  const child = spawn(command === 'node' ? process.execPath : command, args.map(fill), {
    cwd: own,
    env: {
      PATH,
      HOME,
      NEXUS_SETTINGS,
      NEXUS_WORKSPACE: workspace,
      ...Object.fromEntries(declared),
      ...places,
    },
  });
  const unsandboxed = 'no Nexus installation around this plugin; set NEXUS_HOME to the folder of one';
  return {
    conversation: new Conversation(child),
    isolation: { tier: 'process', mechanism: 'process', unsandboxed },
  };
}
