import { abortReason } from '../../../base/abort.ts';
import { NexusError } from '../../../base/errors.ts';
import { RpcError, rpcCodes } from '../../../base/rpc-error.ts';
import {
  isJsonObject,
  type CallChannel,
  type InputRequest,
  type JsonObject,
} from '../../../contract/plugins.ts';
import { traceOf } from '../protocol.ts';
import { requireCapabilities } from './ask.ts';
import { relay, toRpcError, type Asker, type RelayDeps } from './relay.ts';
import { shapeResult } from './shape.ts';
import { resourcesAbove } from './sub-resource.ts';

/** The stream a request's messages go out on. */
export interface Outlet {
  send(message: JsonObject): void;
}

/** Severity order of `logging/setLevel` (2025-11-25, Logging). */
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
/** Ids of requests the kernel pushes to a client on behalf of a plugin. */
const pushedPrefix = 'nexus-push-';
/** How long a client may take to answer a pushed request, in milliseconds. */
const answerMs = 600_000;

/** One conversation with a client up to 2025-11-25: an HTTP session or a stdio connection. */
export class LegacyCaller {
  readonly id: string;
  readonly #deps: RelayDeps;
  readonly #asker: Asker;
  readonly #inFlight = new Map<unknown, AbortController>();
  readonly #pushed = new Map<string, { resolve(answer: JsonObject): void; reject(error: Error): void }>();
  readonly #subscriptions = new Map<string, () => Promise<void>>();
  readonly #capabilities: JsonObject;
  #minLevel = 0;
  #nextPush = 1;

  /** `params` are those of the client's `initialize`. */
  constructor(id: string, deps: RelayDeps, asker: Omit<Asker, 'client'>, params: JsonObject) {
    this.id = id;
    this.#deps = deps;
    const info = isJsonObject(params['clientInfo']) ? params['clientInfo'] : {};
    this.#asker = { ...asker, client: typeof info['name'] === 'string' ? info['name'].slice(0, 200) : null };
    this.#capabilities = isJsonObject(params['capabilities']) ? params['capabilities'] : {};
  }

  /** Those of `uris` that the client subscribed to, or that are sub-resources of one it did. */
  subscribedOf(uris: readonly string[]): readonly string[] {
    if (this.#subscriptions.size === 0) return [];
    return uris.filter((uri) => resourcesAbove(uri).some((above) => this.#subscriptions.has(above)));
  }

  /** Whether the request with this id is not answered yet. */
  isServing(id: unknown): boolean {
    return this.#inFlight.has(id);
  }

  /** Answers a request the SDK does not serve, with a complete JSON-RPC message; null when the client canceled it. */
  async serve(message: JsonObject, outlet: Outlet): Promise<JsonObject | null> {
    const { id } = message;
    const method = String(message['method']);
    const params = isJsonObject(message['params']) ? message['params'] : {};
    const controller = new AbortController();
    this.#inFlight.set(id, controller);
    try {
      const result = await this.#dispatch(method, params, outlet, controller.signal);
      // A canceled request gets no answer (2025-11-25, "Cancellation"), not even that it was canceled.
      if (controller.signal.aborted) return null;
      return { jsonrpc: '2.0', id, result: shapeResult(method, result, 'legacy') };
    } catch (error) {
      if (controller.signal.aborted) return null;
      const { code, message: text, data } = toRpcError(error);
      return { jsonrpc: '2.0', id, error: { code, message: text, ...(data === undefined ? {} : { data }) } };
    } finally {
      this.#inFlight.delete(id);
    }
  }

  /** Takes a notification or an answer that belongs to what this object serves; false when it is the SDK's. */
  take(message: JsonObject): boolean {
    const { id, method, params } = message;
    if (method === 'notifications/cancelled' && isJsonObject(params)) {
      const controller = this.#inFlight.get(params['requestId']);
      controller?.abort(
        new NexusError('RUN_CANCELED', {
          tool: '',
          reason: typeof params['reason'] === 'string' ? params['reason'] : 'by the client',
        }),
      );
      return controller !== undefined;
    }
    if (method !== undefined || typeof id !== 'string' || !id.startsWith(pushedPrefix)) return false;
    const pushed = this.#pushed.get(id);
    this.#pushed.delete(id);
    const { error, result } = message;
    if (isJsonObject(error))
      pushed?.reject(new RpcError(Number(error['code']), String(error['message']), error['data']));
    else pushed?.resolve(isJsonObject(result) ? result : {});
    return true;
  }

  /** The client is gone: nobody waits for its calls, nobody answers what it was asked. */
  cancelCalls(): void {
    const reason = new NexusError('RUN_CANCELED', { tool: '', reason: 'the client disconnected' });
    for (const controller of this.#inFlight.values()) controller.abort(reason);
    for (const pushed of this.#pushed.values()) pushed.reject(reason);
    this.#pushed.clear();
  }

  async close(): Promise<void> {
    this.cancelCalls();
    const releases = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    await Promise.allSettled(releases.map((release) => release()));
  }

  async #dispatch(
    method: string,
    params: JsonObject,
    outlet: Outlet,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    if (method === 'logging/setLevel') return this.#setLevel(params);
    if (method === 'resources/subscribe') return await this.#subscribe(String(params['uri']));
    if (method === 'resources/unsubscribe') return await this.#unsubscribe(String(params['uri']));
    return await relay(this.#deps, { method, params }, this.#asker, this.#channel(params, outlet), signal);
  }

  #channel(params: JsonObject, outlet: Outlet): CallChannel {
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
    const { progressToken } = meta;
    const notify = (method: string, sent: JsonObject): void =>
      outlet.send({ jsonrpc: '2.0', method, params: sent });
    const trace = traceOf(meta);
    return {
      caller: this.id,
      capabilities: this.#capabilities,
      // A 2026-07-28 plugin only logs when a request asks for it.
      logLevel: levels[this.#minLevel] ?? 'debug',
      answer: (requests, signal) => this.#ask(requests, outlet, signal),
      onLog: (log) => {
        if (levels.indexOf(String(log['level'])) >= this.#minLevel) notify('notifications/message', log);
      },
      ...(trace === undefined ? {} : { trace }),
      ...(progressToken === undefined
        ? {}
        : {
            onProgress: (progress: JsonObject) =>
              notify('notifications/progress', { ...progress, progressToken }),
          }),
    };
  }

  async #ask(
    requests: Readonly<Record<string, InputRequest>>,
    outlet: Outlet,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    requireCapabilities(requests, this.#capabilities);
    const answers = await Promise.all(
      Object.entries(requests).map(
        async ([key, request]) => [key, await this.#push(request, outlet, signal)] as const,
      ),
    );
    return Object.fromEntries(answers);
  }

  async #push(request: InputRequest, outlet: Outlet, signal: AbortSignal): Promise<JsonObject> {
    const id = `${pushedPrefix}${this.#nextPush++}`;
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    this.#pushed.set(id, { resolve, reject });
    const onAbort = (): void => reject(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () => reject(new RpcError(rpcCodes.internal, 'the client did not answer in time')),
      answerMs,
    );
    outlet.send({ jsonrpc: '2.0', id, ...request });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#pushed.delete(id);
    }
  }

  #setLevel(params: JsonObject): JsonObject {
    const level = levels.indexOf(String(params['level']));
    if (level === -1) throw new RpcError(rpcCodes.invalidParams, `level must be one of ${levels.join(', ')}`);
    this.#minLevel = level;
    return {};
  }

  async #subscribe(uri: string): Promise<JsonObject> {
    const offer = this.#deps.catalogue.resource(uri);
    if (offer === undefined) throw new RpcError(rpcCodes.invalidParams, 'Resource not found', { uri });
    if (this.#subscriptions.has(uri)) return {};
    // Noted before it is granted: a second request or a disconnect in between finds it.
    const subscribing = this.#deps.host.subscribe(offer.plugin, uri);
    this.#subscriptions.set(uri, async () => await (await subscribing)());
    try {
      await subscribing;
    } catch (error) {
      this.#subscriptions.delete(uri);
      throw error;
    }
    return {};
  }

  async #unsubscribe(uri: string): Promise<JsonObject> {
    const release = this.#subscriptions.get(uri);
    this.#subscriptions.delete(uri);
    await release?.();
    return {};
  }
}

/** Requests of a legacy client that `LegacyCaller` serves beside the relayed ones. */
export const legacyOwnMethods: ReadonlySet<string> = new Set([
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);
