import { homedir } from 'node:os';
import { NexusError } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { SettingOption, SettingValue } from '../contract/setting-option.ts';
import type { SettingView } from '../contract/settings.ts';
import { textOf, type SettingValues } from './discover/placeholders.ts';

/** The full name of a plugin's setting. */
function settingKeyOf(plugin: string, key: string): string {
  return `plugin.${plugin}.${key}`;
}

/**
 * The values in force of what a manifest declares. Throws SETTING_MISSING, naming all that are required and have none,
 * or what `valueOf` throws of a secret that cannot be read.
 */
export function pluginSettings(
  { name, settings }: Manifest,
  valueOf: (key: string) => SettingValue | undefined,
  workspaceDir: string,
): SettingValues {
  const values = new Map<string, SettingValue>();
  const missing: string[] = [];
  for (const [key, option] of Object.entries(settings)) {
    const value = valueOf(settingKeyOf(name, key)) ?? option.default;
    if (value !== undefined) values.set(key, expand(value, option, workspaceDir));
    else if (option.required) missing.push(key);
  }
  const [first] = missing;
  if (first === undefined) return values;
  const titles = missing.map((key) => `"${settings[key]?.title ?? key}" (${key})`).join(', ');
  throw new NexusError('SETTING_MISSING', {
    plugin: name,
    settings: `the ${missing.length === 1 ? 'setting' : 'settings'} ${titles}`,
    todo: `Set ${missing.length === 1 ? 'it' : 'them'} with "nexus settings set ${settingKeyOf(name, first)}"`,
  });
}

/** The values in force that people may be shown, complete or not: all but secrets. */
export function shownSettings(
  { name, settings }: Manifest,
  view: (key: string) => Pick<SettingView, 'value' | 'masked'> | undefined,
  workspaceDir: string,
): SettingValues {
  const values = new Map<string, SettingValue>();
  for (const [key, option] of Object.entries(settings)) {
    const seen = option.sensitive ? undefined : view(settingKeyOf(name, key));
    const isSecret = option.sensitive || (seen?.masked ?? null) !== null;
    const value = isSecret ? undefined : (seen?.value ?? option.default);
    if (value !== undefined) values.set(key, expand(value, option, workspaceDir));
  }
  return values;
}

/** The settings of a manifest whose value is kept as a secret. */
export function sealedSettings(
  { name, settings }: Manifest,
  view: (key: string) => SettingView | undefined,
): ReadonlySet<string> {
  return new Set(Object.keys(settings).filter((key) => view(settingKeyOf(name, key))?.masked != null));
}

/**
 * How a process is told its settings: one variable for each that is named like one, and all of them as one JSON object
 * for packages of the plugin SDK.
 */
export function settingsEnvironment({ source }: Manifest, values: SettingValues): Record<string, string> {
  const named = [...values].filter(([key]) => isVariable(key));
  const env = Object.fromEntries(named.map(([key, value]) => [key, textOf(value)]));
  if ('plugin' in source && values.size > 0)
    env['NEXUS_SETTINGS'] = JSON.stringify(Object.fromEntries(values));
  return env;
}

/** Whether a setting is named like a variable, and so becomes one of the process. */
export function isVariable(key: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(key);
}

/** Paths, and all defaults, may begin with `~` or hold `${home}` and `${workspace}`. */
function expand(
  value: SettingValue,
  { type, default: fallback }: SettingOption,
  workspaceDir: string,
): SettingValue {
  const isPath = type === 'directory' || type === 'file';
  if (!isPath && value !== fallback) return value;
  const one = (text: string): string =>
    (isPath ? text.replace(/^~(?=\/|$)/, '${home}') : text)
      .replaceAll('${home}', () => homedir())
      .replaceAll('${workspace}', () => workspaceDir);
  if (Array.isArray(value)) return value.map(one);
  return typeof value === 'string' ? one(value) : value;
}
