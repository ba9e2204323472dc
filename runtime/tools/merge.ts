import type { ToolEntry } from '../contract/tools.ts';
import type { Named, PluginOffers } from './offers.ts';

export interface Warning {
  readonly plugin: string;
  readonly text: string;
}

/** What all plugins offer, by public name. */
export interface Merged {
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly prompts: ReadonlyMap<string, Named>;
  readonly resources: ReadonlyMap<string, Named>;
  readonly templates: ReadonlyMap<string, Named>;
  readonly warnings: readonly Warning[];
}

interface Claim<T> {
  readonly plugin: string;
  readonly item: T;
}

/**
 * Puts the offers of all plugins together. A name that two plugins want is refused to both, and both are named:
 * whoever got it could pass for the other.
 */
export function merge(offers: ReadonlyMap<string, PluginOffers>): Merged {
  const warnings: Warning[] = [];
  const plugins = [...offers].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [plugin, { problems }] of plugins) warnings.push(...problems.map((text) => ({ plugin, text })));
  const rename = 'Give one of the two manifests another "prefix".';
  const claimsOf = <T>(list: (from: PluginOffers) => readonly T[]) =>
    plugins.flatMap(([plugin, from]) => list(from).map((item) => ({ plugin, item })));
  const unique = <T extends { publicName: string }>(
    list: (from: PluginOffers) => readonly T[],
    todo: string,
  ) => uniqueByName(claimsOf(list), todo, warnings);
  const ownName = <T extends { publicName: string }>(list: (from: PluginOffers) => readonly T[]) =>
    uniqueByName(withoutForeign(claimsOf(list), offers, warnings), rename, warnings);
  const choose = 'Disable one of the two plugins.';
  return {
    tools: ownName((from) => from.tools),
    prompts: ownName((from) => from.prompts),
    resources: unique((from) => from.resources, choose),
    templates: unique((from) => from.templates, choose),
    warnings,
  };
}

/** Leaves out what begins with a longer prefix of another plugin: it would pass for that one's, of which it may be one day. */
function withoutForeign<T extends { publicName: string }>(
  claims: readonly Claim<T>[],
  offers: ReadonlyMap<string, PluginOffers>,
  warnings: Warning[],
): readonly Claim<T>[] {
  return claims.filter(({ plugin, item: { publicName: name } }) => {
    const own = offers.get(plugin)?.prefix.length ?? 0;
    const owner = [...offers].find(
      ([other, { prefix }]) => other !== plugin && prefix.length > own && name.startsWith(`${prefix}__`),
    );
    if (owner === undefined) return true;
    const [other, { prefix }] = owner;
    const text = `"${name}" is refused: names that begin with "${prefix}__" are those of plugin "${other}". Give "${plugin}" another "prefix".`;
    warnings.push({ plugin, text });
    return false;
  });
}

function uniqueByName<T extends { publicName: string }>(
  claims: readonly Claim<T>[],
  todo: string,
  warnings: Warning[],
): ReadonlyMap<string, T> {
  const owners = new Map<string, string>();
  const taken = new Map<string, T>();
  for (const { plugin, item } of claims) {
    const name = item.publicName;
    const owner = owners.get(name);
    if (owner === undefined) {
      owners.set(name, plugin);
      taken.set(name, item);
    } else if (owner === plugin) {
      warnings.push({ plugin, text: `"${name}" is listed twice; the first one counts.` });
    } else {
      taken.delete(name);
      warnings.push({
        plugin,
        text: `"${name}" is refused: plugin "${owner}" and plugin "${plugin}" both want that name. ${todo}`,
      });
    }
  }
  return taken;
}
