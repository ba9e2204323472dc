import type { JsonObject, PluginView } from '../contract/plugins.ts';
import type { Offer, ToolEntry } from '../contract/tools.ts';
import { effectOf } from './effect.ts';

/** What one plugin puts into the catalogue. */
export interface PluginOffers {
  readonly tools: readonly ToolEntry[];
  readonly prompts: readonly Named[];
  readonly resources: readonly Named[];
  readonly templates: readonly Named[];
}

/** A definition under its public name, and who serves it. */
export interface Named {
  readonly publicName: string;
  readonly offer: Offer;
  readonly definition: JsonObject;
}

function publicName(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}__${name}`;
}

/** The offers of a listed plugin; nothing while it is not listed. */
export function offersOf({ name: plugin, manifest, listing }: PluginView): PluginOffers {
  if (listing === null) return { tools: [], prompts: [], resources: [], templates: [] };
  const named = (items: readonly JsonObject[], key: string, rename: boolean): Named[] =>
    items.flatMap((definition) => {
      const name = definition[key];
      if (typeof name !== 'string') return [];
      const shown = rename ? publicName(manifest.prefix, name) : name;
      const renamed = rename ? { ...definition, [key]: shown } : definition;
      return [{ publicName: shown, offer: { plugin, name }, definition: renamed }];
    });
  const tools = named(listing.tools, 'name', true).filter(
    ({ offer }) => manifest.tools[offer.name]?.enabled !== false,
  );
  return {
    tools: tools.map(({ publicName: shown, offer, definition }) => ({
      publicName: shown,
      plugin,
      tool: offer.name,
      definition,
      effect: effectOf(manifest, offer.name, definition),
      approval: manifest.tools[offer.name]?.approval ?? 'never',
      manifest,
    })),
    prompts: named(listing.prompts, 'name', true),
    resources: named(listing.resources, 'uri', false),
    templates: named(listing.resourceTemplates, 'uriTemplate', false),
  };
}
