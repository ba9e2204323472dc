import type { ServerResponse } from 'node:http';

/** A client that is told this many things without reading loses its stream; it can open another. */
const unreadLimit = 1_000;

/**
 * The streams on which clients are told of changes, for as long as they like. The SDK queues without end what a client
 * does not read, so this is the end.
 */
export class OpenStreams {
  readonly #unread = new Map<ServerResponse, number>();

  add(res: ServerResponse): void {
    this.#unread.set(res, 0);
    res.once('close', () => this.#unread.delete(res));
  }

  /** Called whenever something is told. */
  told(): void {
    for (const [res, unread] of this.#unread) {
      if (!res.writableNeedDrain) this.#unread.set(res, 0);
      else if (unread < unreadLimit) this.#unread.set(res, unread + 1);
      else res.destroy();
    }
  }
}
