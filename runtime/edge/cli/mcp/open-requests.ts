import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';

/**
 * What a client sent over stdio and still waits for, read off the lines as they pass: needed to know when everything
 * is answered, and to take up with another kernel where the last one ended.
 */
export class OpenRequests {
  readonly #open = new Map<string, { readonly id: unknown; readonly method: string }>();
  #initialize: { readonly key: string; readonly line: Buffer } | undefined;
  #initialized: Buffer | undefined;
  /** Key of a repeated `initialize`, whose answer the client has had already. */
  #repeated: string | undefined;

  /** Whether nothing is awaited any more but what never ends by itself. */
  get isDone(): boolean {
    return [...this.#open.values()].every(({ method }) => method === 'subscriptions/listen');
  }

  /** Takes note of a line of the client. */
  sent(line: Buffer): void {
    const message = parse(line);
    const method = message?.['method'];
    if (message === undefined || typeof method !== 'string') return;
    const { id, params } = message;
    if (method === 'notifications/initialized') this.#initialized = line;
    if (method === 'notifications/cancelled' && isJsonObject(params)) {
      this.#open.delete(JSON.stringify(params['requestId']));
    }
    if (id === undefined) return;
    const key = JSON.stringify(id);
    this.#open.set(key, { id, method });
    if (method === 'initialize') this.#initialize = { key, line };
  }

  /** Takes note of a line of the kernel; false when the client must not see it. */
  answered(line: Buffer): boolean {
    const message = parse(line);
    if (message === undefined || message['id'] === undefined || message['method'] !== undefined) return true;
    const key = JSON.stringify(message['id']);
    if (key === this.#repeated) {
      this.#repeated = undefined;
      return false;
    }
    this.#open.delete(key);
    return true;
  }

  /** What a new kernel must be told before anything else: the handshake of a client of the eras until 2025-11-25. */
  repeat(): readonly Buffer[] {
    if (this.#initialize === undefined) return [];
    const { key, line } = this.#initialize;
    if (!this.#open.has(key)) this.#repeated = key;
    return this.#initialized === undefined ? [line] : [line, this.#initialized];
  }

  /** Gives up what the kernel that ended will never answer; returns the ids. An open handshake is repeated instead. */
  giveUp(): readonly unknown[] {
    const lost = [...this.#open].filter(([key]) => key !== this.#initialize?.key);
    for (const [key] of lost) this.#open.delete(key);
    return lost.map(([, { id }]) => id);
  }
}

function parse(line: Buffer): JsonObject | undefined {
  try {
    const message: unknown = JSON.parse(line.toString('utf8'));
    return isJsonObject(message) ? message : undefined;
  } catch {
    // Not ours to judge: the kernel answers what is wrong with it.
    return undefined;
  }
}
