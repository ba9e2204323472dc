import { messageOf } from '../base/errors.ts';
import { RpcError, rpcCodes } from '../base/rpc-error.ts';
import type { JsonObject } from '../contract/plugins.ts';
import { envelope, type Handshake } from './handshake.ts';
import type { PendingRequest, Peer } from './peer.ts';

/** How long a plugin may take to answer that a resource is subscribed to or is not any more, in milliseconds. */
const answerMs = 30_000;

interface Holders {
  count: number;
  /** Settles when the plugin has accepted the subscription; all who want it wait for the one answer. */
  accepted: Promise<void>;
}

/** A conversation with the running plugin. */
interface Running {
  readonly peer: Peer;
  readonly hands: Handshake;
  /** Called when nothing is held any more. */
  readonly onEmpty: () => void;
}

/**
 * What the kernel hears from one plugin without asking: list changes and updates of the resources that somebody
 * subscribed to. It outlives processes: each new one is asked for what is held. Legacy plugins take one
 * `resources/subscribe` per URI; modern ones one `subscriptions/listen` for everything, opened anew when the set changes.
 */
export class Subscriptions {
  readonly #onProblem: (text: string) => void;
  readonly #holders = new Map<string, Holders>();
  #running: Running | undefined;
  #listen: PendingRequest | undefined;

  constructor(onProblem: (text: string) => void) {
    this.#onProblem = onProblem;
  }

  /** Number of resources that somebody holds. */
  get size(): number {
    return this.#holders.size;
  }

  /** Hears from this conversation from now on: of list changes where the plugin tells of them, and of what is held. */
  attach(running: Running): void {
    this.#running = running;
    this.#listen = undefined;
    if (running.hands.era === 'modern') return this.#relisten(running);
    for (const [uri, holders] of this.#holders) {
      holders.accepted = ask(running.peer, 'resources/subscribe', uri).catch((error: unknown) =>
        this.#onProblem(`updates of ${uri} are not told any more: ${messageOf(error)}`),
      );
    }
  }

  /** The conversation is over; nothing when another one has taken its place. */
  detach(peer: Peer): void {
    if (this.#running?.peer === peer) this.#running = undefined;
  }

  /** Keeps a subscription until the release it returns is called; calling that twice is harmless. */
  async hold(uri: string): Promise<() => Promise<void>> {
    const holders = this.#holders.get(uri) ?? this.#begin(uri);
    holders.count++;
    try {
      await holders.accepted;
    } catch (error) {
      if (this.#holders.get(uri) === holders) this.#holders.delete(uri);
      throw error;
    }
    let isHeld = true;
    return async () => {
      if (!isHeld) return;
      isHeld = false;
      if (--holders.count === 0) await this.#end(uri);
    };
  }

  #begin(uri: string): Holders {
    const holders: Holders = { count: 0, accepted: Promise.resolve() };
    this.#holders.set(uri, holders);
    const running = this.#running;
    if (running?.hands.era === 'modern') this.#relisten(running);
    else if (running !== undefined) holders.accepted = ask(running.peer, 'resources/subscribe', uri);
    return holders;
  }

  async #end(uri: string): Promise<void> {
    this.#holders.delete(uri);
    const running = this.#running;
    if (this.size === 0) running?.onEmpty();
    if (running?.hands.era === 'modern') this.#relisten(running);
    else if (running !== undefined) await ask(running.peer, 'resources/unsubscribe', uri);
  }

  #relisten({ peer, hands }: Running): void {
    this.#listen?.cancel(new Error('subscriptions changed'));
    this.#listen = undefined;
    const notifications = wanted(hands.capabilities, [...this.#holders.keys()]);
    if (Object.keys(notifications).length === 0) return;
    this.#listen = peer.request('subscriptions/listen', { notifications, _meta: envelope({}) });
    // It only ends with the connection, with a change of the set, or when the plugin does not serve it: nothing to do then.
    this.#listen.promise.catch(() => {});
  }
}

async function ask(peer: Peer, method: string, uri: string): Promise<void> {
  const pending = peer.request(method, { uri });
  const late = new RpcError(rpcCodes.internal, `the plugin did not answer "${method}" in time`);
  const timer = setTimeout(() => pending.cancel(late), answerMs);
  try {
    await pending.promise;
  } finally {
    clearTimeout(timer);
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
