import { NexusError } from '../base/errors.ts';
import { RpcError, rpcCodes } from '../base/rpc-error.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { MessageChannel } from './channel/message-channel.ts';

/** What a plugin may send on its own account. */
export interface PeerListener {
  /** Answers a request of the plugin; a thrown RpcError goes back as it is. */
  request(method: string, params: JsonObject): Promise<JsonObject>;
  notification(method: string, params: JsonObject): void;
  /** Answers a request that was given up, or one there never was. */
  lateAnswer?(id: unknown): void;
  /** The channel ended; requests in flight have been rejected with `reason`. */
  closed(reason: Error): void;
}

export interface PendingRequest {
  readonly id: number;
  readonly promise: Promise<JsonObject>;
  /** Gives up: tells the plugin (`notifications/cancelled`) and rejects with `reason`. False, and harmless, once settled. */
  cancel(reason: Error): boolean;
}

interface Pending {
  resolve(result: JsonObject): void;
  reject(error: Error): void;
  readonly onProgress: ((params: JsonObject) => void) | undefined;
}

/** JSON-RPC 2.0 towards one plugin: request ids, answers, progress, cancellation. Messages are relayed, not validated. */
export class Peer {
  readonly #channel: MessageChannel;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #listener: PeerListener | undefined;
  #closedBy: Error | undefined;

  constructor(channel: MessageChannel) {
    this.#channel = channel;
  }

  async open(listener: PeerListener): Promise<void> {
    this.#listener = listener;
    await this.#channel.open({
      message: (message) => this.#guarded(message),
      failed: (id, reason) => {
        if (typeof id === 'number') this.#settle(id)?.reject(reason);
      },
      closed: (reason) => this.#end(reason),
    });
  }

  request(method: string, params: JsonObject, onProgress?: (params: JsonObject) => void): PendingRequest {
    const id = this.#nextId++;
    if (this.#closedBy !== undefined) {
      return { id, promise: Promise.reject(this.#closedBy), cancel: () => false };
    }
    const promise = new Promise<JsonObject>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress });
    });
    const sent = onProgress === undefined ? params : withProgressToken(params, id);
    try {
      this.#channel.send({ jsonrpc: '2.0', id, method, params: sent });
    } catch (error) {
      this.#settle(id)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return { id, promise, cancel: (reason) => this.#cancel(id, reason) };
  }

  notify(method: string, params: JsonObject): void {
    if (this.#closedBy === undefined) this.#channel.send({ jsonrpc: '2.0', method, params });
  }

  async close(reason: Error): Promise<void> {
    this.#end(reason);
    await this.#channel.close();
  }

  #cancel(id: number, reason: Error): boolean {
    const pending = this.#settle(id);
    if (pending === undefined) return false;
    pending.reject(reason);
    try {
      this.notify('notifications/cancelled', { requestId: id, reason: reason.message });
    } catch (error) {
      // One that does not read its input cannot be told. Deadlines end here, with nobody above to catch it.
      if (!(error instanceof NexusError) || error.code !== 'PLUGIN_STUCK') throw error;
    }
    return true;
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** Whatever a message of a plugin sets off must not end more than that plugin. */
  #guarded(message: JsonObject): void {
    try {
      this.#receive(message);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #receive(message: JsonObject): void {
    const { id, method, params } = message;
    if (typeof method !== 'string') return this.#receiveAnswer(message);
    const given = isJsonObject(params) ? params : {};
    if (id !== undefined) return this.#receiveRequest(id, method, given);
    if (method !== 'notifications/progress') return this.#listener?.notification(method, given);
    const { progressToken, ...progress } = given;
    if (typeof progressToken === 'number') this.#pending.get(progressToken)?.onProgress?.(progress);
  }

  #receiveAnswer(message: JsonObject): void {
    const { id, error, result } = message;
    const pending = typeof id === 'number' ? this.#settle(id) : undefined;
    if (pending === undefined) return this.#listener?.lateAnswer?.(id);
    if (isJsonObject(error)) {
      const code = typeof error['code'] === 'number' ? error['code'] : rpcCodes.internal;
      const text = typeof error['message'] === 'string' ? error['message'] : 'unknown error';
      pending.reject(new RpcError(code, text, error['data']));
    } else if (isJsonObject(result)) pending.resolve(result);
    else
      pending.reject(new RpcError(rpcCodes.internal, 'the plugin answered with something that is no result'));
  }

  #receiveRequest(id: unknown, method: string, params: JsonObject): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    // The answer belongs to no owner that could await it; its failures end the channel.
    void this.#answer(id, () => listener.request(method, params));
  }

  async #answer(id: unknown, handle: () => Promise<JsonObject>): Promise<void> {
    const answer = await handle().then(
      (result) => ({ jsonrpc: '2.0', id, result }),
      (error: unknown) => ({ jsonrpc: '2.0', id, error: wireError(error) }),
    );
    if (this.#closedBy !== undefined) return;
    try {
      this.#channel.send(answer);
    } catch (error) {
      // Calls it did read may be done: they end as those of a plugin that is gone, not of one that never heard of them.
      const plugin = error instanceof NexusError ? (error.data['plugin'] ?? '') : '';
      const stuck = { plugin, state: 'stuck', reason: 'it does not read its input', todo: '' };
      this.#end(new NexusError('PLUGIN_UNAVAILABLE', stuck, error));
    }
  }

  #end(reason: Error): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = reason;
    for (const pending of this.#pending.values()) pending.reject(reason);
    this.#pending.clear();
    this.#listener?.closed(reason);
  }
}

function withProgressToken(params: JsonObject, token: number): JsonObject {
  const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
  return { ...params, _meta: { ...meta, progressToken: token } };
}

/** The `error` member that tells a peer of `error`. */
function wireError(error: unknown): JsonObject {
  if (error instanceof RpcError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.data === undefined ? {} : { data: error.data }),
    };
  }
  return { code: rpcCodes.internal, message: error instanceof Error ? error.message : String(error) };
}
