import { isDeepStrictEqual } from 'node:util';
import { NexusError } from '../../base/errors.ts';
import type { ImportRequest, PlannedPlugin } from '../../contract/import.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { describePermissions } from '../../contract/plain-words.ts';
import type { JsonObject } from '../../contract/plugins.ts';
import { settingProblem, type SettingValue } from '../../contract/setting-option.ts';
import type { Settings } from '../../contract/settings.ts';
import { spellEntry } from '../discover/placeholders.ts';
import { pluginDataDirOf } from '../discover/prepare-options.ts';
import { shownSettings } from '../plugin-settings.ts';
import { isNpxCommand, parseNpxCommand } from '../discover/packages/npx-command.ts';
import { readManifest } from '../discover/read-manifest.ts';
import { importInvalid, pluginNameFrom, type Candidate } from './candidate.ts';
import { withSoundSettings } from './sound-settings.ts';
import { joinPermissions, manifestOf, needsOf, permissionsOf } from './planned-manifest.ts';
import { differencesOf, permissionsIn, readPresent } from './present-plugin.ts';

/** One plugin of an import, ready to be carried out. */
export interface PlannedImport {
  readonly plugin: PlannedPlugin;
  readonly candidate: Candidate;
  /** As it is written. */
  readonly written: JsonObject;
  /** As it is understood; of a blocked one undefined. */
  readonly manifest: Manifest | undefined;
  /** Values of its settings that the import brings. */
  readonly values: Readonly<Record<string, SettingValue>>;
}

interface PlanDeps {
  readonly manifestsDir: string;
  readonly dataDir: string;
  readonly workspaceDir: string;
  readonly settings: Settings;
}

/** Plans every candidate; what is granted and set at once is for one of them. Throws IMPORT_INVALID. */
export async function planImports(
  candidates: readonly Candidate[],
  request: ImportRequest,
  deps: PlanDeps,
): Promise<readonly PlannedImport[]> {
  const { allow, settings, name } = request;
  const grants = allow.read.length + allow.write.length + allow.net.length + (allow.exec ? 1 : 0);
  const isPersonal = grants > 0 || Object.keys(settings).length > 0 || name !== undefined;
  if (candidates.length > 1 && isPersonal) {
    const names = candidates.map(({ givenName }) => `"${givenName}"`).join(', ');
    const problem = `it has ${candidates.length} servers, and a name, grants and settings are for one`;
    throw importInvalid('this source', problem, `Choose one with --server: ${names}`);
  }
  const taken = new Set<string>();
  const planned: PlannedImport[] = [];
  for (const candidate of candidates.map(withSoundSettings)) {
    const plugin = freeName(name ?? pluginNameFrom(candidate.givenName), taken);
    planned.push(await planOne(plugin, candidate, request, deps));
  }
  return planned;
}

/** Two servers of one source may come to the same name. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted.slice(0, 60)}-${number}`;
  taken.add(name);
  return name;
}

async function planOne(
  name: string,
  candidate: Candidate,
  { allow, settings: given }: ImportRequest,
  deps: PlanDeps,
): Promise<PlannedImport> {
  const { manifestsDir, settings } = deps;
  const { file, manifest: present } = readPresent(manifestsDir, name);
  const granted = permissionsOf(candidate, allow);
  const permissions = present === undefined ? granted : joinPermissions(permissionsIn(present), granted);
  const written = manifestOf(candidate, permissions, present);
  const { obstacle, source } = candidate;
  // One that cannot run here may have no source that a manifest could hold.
  const manifest = obstacle === null ? await understood(file, written, candidate) : undefined;
  const values = valuesOf(name, candidate, given, manifest);
  const changed = Object.keys(values).filter(
    (key) => !isDeepStrictEqual(valueOf(settings, name, key), values[key]),
  );
  const differences =
    present === undefined
      ? []
      : [...differencesOf(present, written), ...changed.map((key) => `the value of the setting ${key}`)];
  const plugin: PlannedPlugin = {
    name,
    kind: candidate.kind,
    title: candidate.title === '' ? candidate.givenName : candidate.title,
    description: candidate.description,
    state: stateOf(candidate, present, differences),
    obstacle,
    command: candidate.command,
    permissions: manifest === undefined ? [] : permissionsInWords(manifest, values, deps),
    needs: obstacle === null ? needsOf(candidate, permissions) : [],
    settings: Object.entries(manifest?.settings ?? {}).map(([key, option]) => ({
      key,
      option,
      hasValue: key in values || option.default !== undefined || valueOf(settings, name, key) !== undefined,
      isMoved: key in candidate.values,
    })),
    installs: obstacle === null ? installsOf(candidate) : [],
    differences,
    warnings: candidate.warnings,
    manifestFile: file,
    manifest: obstacle === null ? written : { source },
  };
  return { plugin, candidate, written, manifest, values };
}

/** The manifest that would be written; what is wrong with it is said of the document that it was made of. */
async function understood(file: string, written: JsonObject, { writtenAt }: Candidate): Promise<Manifest> {
  try {
    return await readManifest(file, JSON.stringify(written));
  } catch (error) {
    const { key, problem, todo } = error instanceof NexusError ? error.data : {};
    if (writtenAt === undefined || key === undefined) throw error;
    const place = /^source(?=[.[])/.test(String(key)) ? String(key).replace('source', writtenAt.path) : key;
    throw importInvalid(writtenAt.name, `${place} ${problem}`, String(todo), error);
  }
}

/** With what its settings stand for once it is there. */
function permissionsInWords(
  manifest: Manifest,
  values: PlannedImport['values'],
  { manifestsDir, dataDir, workspaceDir, settings }: PlanDeps,
): PlannedPlugin['permissions'] {
  const { name } = manifest;
  const planned = new Map(Object.entries(values).map(([key, value]) => [`plugin.${name}.${key}`, value]));
  const view = (key: string) => {
    const value = planned.get(key);
    return value === undefined ? settings.view(key) : { value, masked: null };
  };
  const known = shownSettings(manifest, view, workspaceDir);
  const pluginDataDir = pluginDataDirOf(dataDir, name);
  const places = { manifestsDir, workspaceDir, pluginDataDir, settings: known };
  return describePermissions(manifest, (entry, about) => spellEntry(entry, about, places));
}

function stateOf(
  { obstacle }: Candidate,
  present: JsonObject | undefined,
  differences: readonly string[],
): PlannedPlugin['state'] {
  if (obstacle !== null) return 'blocked';
  if (present === undefined) return 'new';
  return differences.length === 0 ? 'same' : 'changed';
}

/** What the source holds in clear and what the person gives now, which wins. Throws IMPORT_INVALID. */
function valuesOf(
  plugin: string,
  { values: literal }: Candidate,
  given: ImportRequest['settings'],
  manifest: Manifest | undefined,
): Readonly<Record<string, SettingValue>> {
  if (manifest === undefined) return {};
  const values = { ...literal, ...given };
  for (const [name, value] of Object.entries(values)) {
    const option = manifest.settings[name];
    if (option === undefined) {
      const known = Object.keys(manifest.settings);
      const todo = known.length === 0 ? 'It has no settings' : `It has ${known.join(', ')}`;
      throw importInvalid(`"${plugin}"`, `it has no setting "${name}"`, todo);
    }
    const problem = settingProblem(option, value);
    if (problem === undefined) continue;
    throw importInvalid(`"${plugin}"`, `its setting "${name}" ${problem}`, 'Give it another value');
  }
  return values;
}

function valueOf(settings: Settings, plugin: string, key: string): SettingValue | undefined {
  const name = `plugin.${plugin}.${key}`;
  return settings.view(name)?.problem === null ? settings.value(name) : undefined;
}

/** What is put onto this machine for it. */
function installsOf({ bundle, missing, source }: Candidate): readonly string[] {
  const { command, args } = source;
  const words = Array.isArray(args) ? args.map(String) : [];
  const line =
    typeof command === 'string' && isNpxCommand(command, words) ? parseNpxCommand(command, words) : undefined;
  const spec = line === undefined || 'problem' in line ? undefined : line.spec;
  return [
    ...(bundle === undefined ? [] : [`The bundle, unpacked (SHA-256 ${bundle.sha256})`]),
    ...(spec === undefined
      ? []
      : [`The npm package ${spec} and what it depends on, without install scripts`]),
    ...(missing.length === 0
      ? []
      : [`Packages its package.json names, without install scripts: ${missing.join(', ')}`]),
  ];
}
