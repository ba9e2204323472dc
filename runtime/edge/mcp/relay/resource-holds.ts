import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';
import type { RelayDeps } from './relay.ts';
import { resourcesAbove } from './sub-resource.ts';

/** One subscription may name at most this many resources. */
const uriLimit = 1_000;

interface Hold {
  readonly uris: readonly string[];
  readonly releases: Promise<readonly (() => Promise<void>)[]>;
}

/**
 * The resources that `subscriptions/listen` requests of 2026-07-28 clients name: held at the plugins that serve
 * them for as long as the subscription is open. The SDK serves the client's side of it.
 */
export class ResourceHolds {
  readonly #deps: RelayDeps;
  readonly #holds = new Map<unknown, Hold>();

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  /** Settles when all are held. What `key` held before is released. */
  async hold(key: unknown, params: JsonObject): Promise<void> {
    const before = this.release(key);
    // Noted before anything is waited for: a client that goes away in between finds it.
    const uris = subscribedUris(params);
    const held = Promise.all(uris.map((uri) => this.#subscribe(uri)));
    const releases = held.then((made) => made.filter((release) => release !== null));
    this.#holds.set(key, { uris, releases });
    await Promise.all([before, held]);
  }

  /** What somebody named of `uris` and of those they are sub-resources of. */
  heldAbove(uris: readonly string[]): readonly string[] {
    if (this.#holds.size === 0) return [];
    const named = new Set([...this.#holds.values()].flatMap((hold) => hold.uris));
    const held = new Set<string>();
    for (const uri of uris) for (const above of resourcesAbove(uri)) if (named.has(above)) held.add(above);
    return [...held];
  }

  async release(key: unknown): Promise<void> {
    const held = this.#holds.get(key);
    this.#holds.delete(key);
    const releases = (await held?.releases) ?? [];
    await Promise.allSettled(releases.map((release) => release()));
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#holds.keys()].map((key) => this.release(key)));
  }

  /** A resource nobody serves, or whose plugin refuses, is simply never updated. */
  async #subscribe(uri: string): Promise<(() => Promise<void>) | null> {
    const offer = this.#deps.catalogue.resource(uri);
    if (offer === undefined) return null;
    return await this.#deps.host.subscribe(offer.plugin, uri).catch(() => null);
  }
}

function subscribedUris(params: JsonObject): readonly string[] {
  const filter = isJsonObject(params['notifications']) ? params['notifications'] : {};
  const uris: unknown = filter['resourceSubscriptions'];
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string').slice(0, uriLimit) : [];
}
