import { RpcError, rpcCodes } from '../base/rpc-error.ts';
import type { JsonObject } from '../contract/plugins.ts';
import { envelope, type Handshake } from './handshake.ts';
import type { PendingRequest, Peer } from './peer.ts';

/** How long a plugin may take to answer that a resource is subscribed to or is not any more, in milliseconds. */
const answerMs = 30_000;

interface Holders {
  count: number;
  /** Settles when the plugin has accepted the subscription; all who want it wait for the one answer. */
  readonly accepted: Promise<void>;
}

/**
 * What the kernel hears from one running plugin without asking: list changes and updates of the resources that
 * somebody subscribed to. Legacy plugins take one `resources/subscribe` per URI; modern ones one
 * `subscriptions/listen` for everything, opened anew when the set changes.
 */
export class Subscriptions {
  readonly #peer: Peer;
  readonly #hands: Handshake;
  readonly #holders = new Map<string, Holders>();
  #listen: PendingRequest | undefined;

  constructor(peer: Peer, hands: Handshake) {
    this.#peer = peer;
    this.#hands = hands;
  }

  get size(): number {
    return this.#holders.size;
  }

  /** Starts hearing of list changes, where the plugin says it tells of them. */
  open(): void {
    if (this.#hands.era === 'modern') this.#relisten();
  }

  async add(uri: string): Promise<void> {
    let holders = this.#holders.get(uri);
    if (holders === undefined) {
      const isModern = this.#hands.era === 'modern';
      holders = { count: 0, accepted: isModern ? Promise.resolve() : this.#ask('resources/subscribe', uri) };
      this.#holders.set(uri, holders);
      if (isModern) this.#relisten();
    }
    holders.count++;
    try {
      await holders.accepted;
    } catch (error) {
      if (this.#holders.get(uri) === holders) this.#holders.delete(uri);
      throw error;
    }
  }

  async remove(uri: string): Promise<void> {
    const holders = this.#holders.get(uri);
    if (holders === undefined || --holders.count > 0) return;
    this.#holders.delete(uri);
    if (this.#hands.era === 'modern') this.#relisten();
    else await this.#ask('resources/unsubscribe', uri);
  }

  async #ask(method: string, uri: string): Promise<void> {
    const pending = this.#peer.request(method, { uri });
    const late = new RpcError(rpcCodes.internal, `the plugin did not answer "${method}" in time`);
    const timer = setTimeout(() => pending.cancel(late), answerMs);
    try {
      await pending.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #relisten(): void {
    this.#listen?.cancel(new Error('subscriptions changed'));
    const notifications = wanted(this.#hands.capabilities, [...this.#holders.keys()]);
    if (Object.keys(notifications).length === 0) return;
    this.#listen = this.#peer.request('subscriptions/listen', { notifications, _meta: envelope({}) });
    // It only ends with the connection, with a change of the set, or when the plugin does not serve it: nothing to do then.
    this.#listen.promise.catch(() => {});
  }
}

function wanted(capabilities: JsonObject, uris: readonly string[]): JsonObject {
  const tells = (kind: string): boolean => {
    const capability = capabilities[kind];
    return (
      typeof capability === 'object' &&
      capability !== null &&
      'listChanged' in capability &&
      capability.listChanged === true
    );
  };
  return {
    ...(tells('tools') ? { toolsListChanged: true } : {}),
    ...(tells('prompts') ? { promptsListChanged: true } : {}),
    ...(tells('resources') ? { resourcesListChanged: true } : {}),
    ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }),
  };
}
