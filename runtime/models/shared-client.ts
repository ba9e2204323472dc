import { AsyncLocalStorage } from 'node:async_hooks';

type Fetch = typeof fetch;

/** One client of an SDK for all calls, each of which goes over a wire of its own: to make a client takes a millisecond. */
export class SharedClient<T> {
  readonly #fetches = new AsyncLocalStorage<Fetch>();
  readonly #make: (fetch: Fetch) => Promise<T>;
  #made: Promise<T> | undefined;

  /** What the client sends with the `fetch` it is made with goes over the wire of the call that is under way. */
  constructor(make: (fetch: Fetch) => Promise<T>) {
    this.#make = make;
  }

  /** What `ask` has of the client, over one wire. */
  async ask<R>({ fetch }: { readonly fetch: Fetch }, ask: (client: T) => Promise<R>): Promise<R> {
    this.#made ??= this.#make(async (...request) => await this.#fetch()(...request));
    const client = await this.#made;
    return await this.#fetches.run(fetch, async () => await ask(client));
  }

  #fetch(): Fetch {
    const fetch = this.#fetches.getStore();
    if (fetch === undefined) throw new TypeError('a client was asked outside of a call');
    return fetch;
  }
}
