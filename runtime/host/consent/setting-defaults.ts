import type { Manifest } from '../../contract/manifest.ts';

const reference = /\$\{settings\.([A-Za-z][\w-]*)\}/g;

/** What the settings that `part` of a manifest names stand for while nobody has set them, as JSON. */
export function namedDefaults(part: unknown, settings: Manifest['settings']): Record<string, string> {
  const named = [...JSON.stringify(part).matchAll(reference)];
  const defaults = named.flatMap(([, key = '']) => {
    const value = Object.hasOwn(settings, key) ? settings[key]?.default : undefined;
    return value === undefined ? [] : [[key, JSON.stringify(value)] as const];
  });
  return Object.fromEntries(defaults);
}
