import type { Manifest } from '../../contract/manifest.ts';
import { isVariable } from '../plugin-settings.ts';

const reference = /\$\{settings\.([A-Za-z][\w-]*)\}/g;

/** What the settings that `part` of a manifest names stand for while nobody has set them, as JSON. */
export function namedDefaults(part: unknown, settings: Manifest['settings']): Record<string, string> {
  const named = [...JSON.stringify(part).matchAll(reference)];
  return defaultsOf(
    named.map(([, key = '']) => key),
    settings,
  );
}

/** The same of the settings that a process is given as variables of its environment. */
export function variableDefaults(settings: Manifest['settings']): Record<string, string> {
  return defaultsOf(Object.keys(settings).filter(isVariable), settings);
}

function defaultsOf(keys: readonly string[], settings: Manifest['settings']): Record<string, string> {
  const defaults = keys.flatMap((key) => {
    const value = Object.hasOwn(settings, key) ? settings[key]?.default : undefined;
    return value === undefined ? [] : [[key, JSON.stringify(value)] as const];
  });
  return Object.fromEntries(defaults);
}
