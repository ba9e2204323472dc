import type { JsonObject, PluginHost } from '../contract/plugins.ts';
import type { Catalogue, CatalogueKind, Offer, ToolEntry } from '../contract/tools.ts';
import { offersOf, type Named, type PluginOffers } from './offers.ts';
import { matchesTemplate } from './uri-template.ts';

interface Warning {
  readonly plugin: string;
  readonly text: string;
}

interface Merged {
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly prompts: ReadonlyMap<string, Named>;
  readonly resources: ReadonlyMap<string, Named>;
  readonly templates: ReadonlyMap<string, Named>;
  readonly warnings: readonly Warning[];
}

/** Follows the plugin host and keeps what all plugins offer under public names, merged when first asked after a change. */
export class LiveCatalogue implements Catalogue {
  readonly #host: PluginHost;
  readonly #offers = new Map<string, PluginOffers>();
  readonly #listeners = new Set<(kind: CatalogueKind) => void>();
  #merged: Merged | undefined;
  #lists: Partial<Record<'tools' | 'prompts' | 'resources' | 'templates', readonly JsonObject[]>> = {};

  constructor(host: PluginHost) {
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
    const template = [...templates.values()].find(({ publicName }) => matchesTemplate(publicName, uri));
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

/** The plugin first in the alphabet keeps a name that two want; the other one is warned of. */
function merge(offers: ReadonlyMap<string, PluginOffers>): Merged {
  const tools = new Map<string, ToolEntry>();
  const prompts = new Map<string, Named>();
  const resources = new Map<string, Named>();
  const templates = new Map<string, Named>();
  const warnings: Warning[] = [];
  const plugins = [...offers.keys()].sort();
  const take = <T extends { publicName: string }>(
    into: Map<string, T>,
    item: T,
    plugin: string,
    owner: (item: T) => string,
    todo = 'Give one of the two manifests another "prefix".',
  ): void => {
    const taken = into.get(item.publicName);
    if (taken === undefined) into.set(item.publicName, item);
    else {
      const text = `"${item.publicName}" of plugin "${plugin}" is left out: plugin "${owner(taken)}" already has that name. ${todo}`;
      warnings.push({ plugin, text });
    }
  };
  for (const plugin of plugins) {
    const offer = offers.get(plugin);
    if (offer === undefined) continue;
    for (const tool of offer.tools) take(tools, tool, plugin, (taken) => taken.plugin);
    for (const prompt of offer.prompts) take(prompts, prompt, plugin, (taken) => taken.offer.plugin);
    const disable = 'Disable one of the two if the other one is meant.';
    for (const resource of offer.resources)
      take(resources, resource, plugin, (taken) => taken.offer.plugin, disable);
    for (const template of offer.templates)
      take(templates, template, plugin, (taken) => taken.offer.plugin, disable);
  }
  return { tools, prompts, resources, templates, warnings };
}
