import { messageOf } from '../base/errors.ts';
import type { PluginListing } from '../contract/plugins.ts';
import type { ToolListCache } from '../contract/tool-list-cache.ts';
import { readListing } from './listing.ts';

interface KeptListingDeps {
  readonly plugin: string;
  readonly cache: ToolListCache;
  readonly onChange: () => void;
  readonly onProblem: (text: string) => void;
}

/** What one plugin was last known to offer: from the cache while it is cold, from itself once it ran. */
export class KeptListing {
  readonly #deps: KeptListingDeps;
  #listing: PluginListing | null = null;
  #isAsking = false;

  constructor(deps: KeptListingDeps) {
    this.#deps = deps;
  }

  get listing(): PluginListing | null {
    return this.#listing;
  }

  /** The protocol era this artifact spoke when it was listed last. */
  knownEra(artifactHash: string): string | null {
    return this.#deps.cache.get(artifactHash)?.era ?? null;
  }

  /** Takes the listing of this very artifact from the cache; false when it was never listed. */
  recall(artifactHash: string): boolean {
    const listing = readListing(this.#deps.cache.get(artifactHash)?.payload);
    if (listing === null) return false;
    this.#set(listing);
    return true;
  }

  async keep(listing: PluginListing, artifactHash: string): Promise<void> {
    this.#set(listing);
    await this.#deps.cache.put({
      artifactHash,
      plugin: this.#deps.plugin,
      era: listing.era,
      payload: listing,
    });
  }

  /** Asks again after the plugin said that something changed. Ten changes in one turn are asked for once. Never rejects. */
  async refresh(artifactHash: string, ask: () => Promise<PluginListing>): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await new Promise((resolve) => setImmediate(resolve));
      this.#isAsking = false;
      await this.keep(await ask(), artifactHash);
    } catch (error) {
      this.#deps.onProblem(`listing failed: ${messageOf(error)}`);
    }
  }

  #set(listing: PluginListing): void {
    this.#listing = listing;
    this.#deps.onChange();
  }
}
