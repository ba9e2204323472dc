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
  const unique = <T extends { publicName: string }>(
    list: (from: PluginOffers) => readonly T[],
    todo: string,
  ) =>
    uniqueByName(
      plugins.flatMap(([plugin, from]) => list(from).map((item) => ({ plugin, item }))),
      todo,
      warnings,
    );
  const rename = 'Give one of the two manifests another "prefix".';
  const choose = 'Disable one of the two plugins.';
  return {
    tools: unique((from) => from.tools, rename),
    prompts: unique((from) => from.prompts, rename),
    resources: unique((from) => from.resources, choose),
    templates: unique((from) => from.templates, choose),
    warnings,
  };
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
