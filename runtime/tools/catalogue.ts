import { NexusError } from '../base/errors.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { Catalogue, CatalogueKind, Offer, ToolEntry } from '../contract/tools.ts';
import type { ToolHost } from './built-in.ts';
import { merge, type Merged, type Warning } from './merge.ts';
import { offersOf, type PluginOffers } from './offers.ts';
import { literalLength, matchesTemplate } from './uri-template.ts';

/** Follows the plugin host and keeps what all plugins offer under public names, merged when first asked after a change. */
export class LiveCatalogue implements Catalogue {
  readonly #host: Omit<ToolHost, 'call'>;
  readonly #offers = new Map<string, PluginOffers>();
  readonly #listeners = new Set<(kind: CatalogueKind) => void>();
  #merged: Merged | undefined;
  #lists: Partial<Record<'tools' | 'prompts' | 'resources' | 'templates', readonly JsonObject[]>> = {};

  constructor(host: Omit<ToolHost, 'call'>) {
    this.#host = host;
    host.onEvent((event) => {
      if (event.kind === 'listing') this.#refresh(event.plugin);
    });
  }

  tools(): readonly JsonObject[] {
    return (this.#lists.tools ??= definitions(this.#all().tools));
  }

  entries(): readonly ToolEntry[] {
    return [...this.#all().tools.values()];
  }

  tool(publicName: string): ToolEntry | undefined {
    return this.#all().tools.get(publicName);
  }

  held(name: string): NexusError | undefined {
    for (const { held } of this.#offers.values()) {
      const found = held.find(
        ({ publicName, plugin, tool }) => publicName === name || `${plugin}.${tool}` === name,
      );
      if (found !== undefined) {
        const { plugin, tool, reason } = found;
        return new NexusError('TOOL_HELD', { plugin, tool, reason });
      }
    }
    return undefined;
  }

  prompts(): readonly JsonObject[] {
    return (this.#lists.prompts ??= definitions(this.#all().prompts));
  }

  prompt(publicName: string): Offer | undefined {
    return this.#all().prompts.get(publicName)?.offer;
  }

  resources(): readonly JsonObject[] {
    return (this.#lists.resources ??= definitions(this.#all().resources));
  }

  resourceTemplates(): readonly JsonObject[] {
    return (this.#lists.templates ??= definitions(this.#all().templates));
  }

  resource(uri: string): Offer | undefined {
    const { resources, templates } = this.#all();
    const listed = resources.get(uri);
    if (listed !== undefined) return listed.offer;
    // The template that says most of the URI wins: one that is all variables matches everybody's resources.
    const [template] = [...templates.values()]
      .filter(({ publicName }) => matchesTemplate(publicName, uri))
      .sort((a, b) => literalLength(b.publicName) - literalLength(a.publicName));
    if (template !== undefined) return { plugin: template.offer.plugin, name: uri };
    // Servers may serve more than they list: with only one that serves resources there is no doubt whose it is.
    const servers = this.#host
      .views()
      .filter((view) => view.listing?.capabilities['resources'] !== undefined);
    const only = servers[0];
    return only !== undefined && servers.length === 1 ? { plugin: only.name, name: uri } : undefined;
  }

  resourceTemplate(uriTemplate: string): Offer | undefined {
    return this.#all().templates.get(uriTemplate)?.offer;
  }

  warnings(): readonly Warning[] {
    return this.#all().warnings;
  }

  onChange(listener: (kind: CatalogueKind) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #refresh(plugin: string): void {
    const view = this.#host.view(plugin);
    const before = this.#offers.get(plugin);
    const after = view === undefined ? undefined : offersOf(view);
    if (after === undefined) this.#offers.delete(plugin);
    else this.#offers.set(plugin, after);
    this.#merged = undefined;
    this.#lists = {};
    for (const kind of ['tools', 'prompts', 'resources'] as const) {
      if (!hasAny(before, kind) && !hasAny(after, kind)) continue;
      for (const listener of this.#listeners) listener(kind);
    }
  }

  #all(): Merged {
    return (this.#merged ??= merge(this.#offers));
  }
}

/** A template is a resource too: clients are told of both by one notification. */
function hasAny(offers: PluginOffers | undefined, kind: CatalogueKind): boolean {
  if (offers === undefined) return false;
  return offers[kind].length > 0 || (kind === 'resources' && offers.templates.length > 0);
}

function definitions(items: ReadonlyMap<string, { readonly definition: JsonObject }>): readonly JsonObject[] {
  return [...items.values()].map(({ definition }) => definition);
}
