import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { PluginListing } from '../contract/plugins.ts';
import type { ToolListCache } from '../contract/tool-list-cache.ts';
import { readListing } from './listing.ts';

/** A plugin whose lists change at every question would be asked for ever; so it is, ten times a second. */
const betweenAsksMs = 100;

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
  #isStale = false;
  #askedMs = -betweenAsksMs;

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

  /** Never rejects: a listing that cannot be cached is as good, it only has to be asked for again one day. */
  async keep(listing: PluginListing, artifactHash: string): Promise<void> {
    this.#set(listing);
    const { cache, plugin, onProblem } = this.#deps;
    try {
      await cache.put({ artifactHash, plugin, era: listing.era, payload: listing });
    } catch (error) {
      onProblem(`the listing is not cached: ${messageOf(error)}`);
    }
  }

  /**
   * Asks again after the plugin said that something changed. Ten changes in one turn are asked for once, those that
   * come while it is being asked once more. Never rejects.
   */
  async refresh(artifactHash: string, ask: () => Promise<PluginListing>): Promise<void> {
    this.#isStale = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#isStale) {
        await this.#untilNextAsk();
        this.#isStale = false;
        const listing = await ask();
        // The plugin says that something changed; that the lists look the same now (added and removed again, say) is not for us to judge.
        if (isDeepStrictEqual(this.#listing, listing)) this.#deps.onChange();
        await this.keep(listing, artifactHash);
      }
    } catch (error) {
      this.#deps.onProblem(`listing failed: ${messageOf(error)}`);
    } finally {
      this.#isAsking = false;
    }
  }

  /** The end of this turn, and not sooner after the last time than a plugin can be bothered. */
  async #untilNextAsk(): Promise<void> {
    const waitMs = this.#askedMs + betweenAsksMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    else await new Promise((resolve) => setImmediate(resolve));
    this.#askedMs = performance.now();
  }

  #set(listing: PluginListing): void {
    // Clients list again at every change they are told of, so a start that changed nothing is none.
    if (isDeepStrictEqual(this.#listing, listing)) return;
    this.#listing = listing;
    this.#deps.onChange();
  }
}
