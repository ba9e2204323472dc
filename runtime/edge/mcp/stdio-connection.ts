import type { Duplex } from 'node:stream';
import type { JSONRPCMessage, Server, Transport } from '@modelcontextprotocol/server';
import { parseJSONRPCMessage } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { operatorScope } from '../../contract/scope.ts';
import type { CatalogueKind } from '../../contract/tools.ts';
import { JsonLines } from './json-lines.ts';
import { metaKeys, modernVersion } from '../../contract/mcp.ts';
import { relayedMethods } from './protocol.ts';
import { LegacyCaller, legacyOwnMethods } from './relay/legacy-caller.ts';
import { clientName, hasEnvelope, type ModernCalls } from './relay/modern-calls.ts';
import { refuseRepeatedId } from './relay/repeated-id.ts';
import { toRpcError, type RelayDeps } from './relay/relay.ts';
import { ResourceHolds } from './relay/resource-holds.ts';
import { createSdkServer } from './sdk-server.ts';
import { sendChange } from './sessions.ts';

interface StdioDeps extends RelayDeps {
  readonly calls: ModernCalls;
  readonly newId: () => string;
}

/**
 * One stdio client, of either era. Relayed requests are answered here; the SDK, which sees this object as its
 * transport, serves the rest: handshake, discovery, ping, subscriptions.
 */
export class StdioConnection implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  readonly ended: Promise<void>;
  readonly #deps: StdioDeps;
  readonly #lines: JsonLines;
  readonly #inFlight = new Map<unknown, AbortController>();
  readonly #holds: ResourceHolds;
  readonly #id: string;
  readonly #sdk: { close(): Promise<void> };
  #servers: Server[] = [];
  #legacy: LegacyCaller | undefined;
  #isSdkOpen = false;

  constructor(stream: Duplex, deps: StdioDeps) {
    this.#deps = deps;
    this.#id = deps.newId();
    this.#holds = new ResourceHolds(deps);
    this.#lines = new JsonLines(
      stream,
      (message) => this.#receive(message),
      () => this.#inputEnded(),
    );
    this.ended = this.#lines.ended.then(() => this.#finish());
    this.#sdk = serveStdio(() => this.#newServer(), { transport: this });
  }

  changed(kind: CatalogueKind): void {
    for (const server of this.#servers) void sendChange(server, kind).catch(() => {});
  }

  resourcesUpdated(uris: readonly string[]): void {
    // For a modern client the SDK sends each only to the subscriptions that named this very URI.
    const told = this.#legacy?.subscribedOf(uris) ?? this.#holds.heldAbove(uris);
    for (const server of this.#servers)
      for (const uri of told) void server.sendResourceUpdated({ uri }).catch(() => {});
  }

  /** Called by the SDK; reading has begun with construction. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Called by the SDK with what it answers. */
  send(message: JSONRPCMessage): Promise<void> {
    this.#lines.send(message);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#lines.close();
    await this.ended;
  }

  /**
   * Nothing follows. A client that is gone ends its side in the same way as one that is done with asking, so that what
   * is not answered by now is canceled: `nexus mcp` ends its side only after the last answer.
   */
  #inputEnded(): void {
    this.#cancelCalls();
    this.#lines.end();
  }

  async #finish(): Promise<void> {
    this.#cancelCalls();
    await this.#holds.releaseAll();
    await this.#legacy?.close();
    this.onclose?.();
    await this.#sdk.close();
  }

  #cancelCalls(): void {
    for (const controller of this.#inFlight.values()) controller.abort();
    this.#deps.calls.forget(this.#caller);
    this.#legacy?.cancelCalls();
  }

  /** Who asks, for calls of 2026-07-28: this connection and no other. */
  get #caller(): string {
    return `stdio:${this.#id}`;
  }

  #newServer(): Server {
    const server = createSdkServer();
    this.#servers = [...this.#servers.slice(-1), server];
    return server;
  }

  #receive(message: JsonObject): void {
    const { id, method, params } = message;
    if (this.#legacy?.take(message) === true) return;
    const given = isJsonObject(params) ? params : {};
    if (method === 'notifications/cancelled') {
      this.#inFlight.get(given['requestId'])?.abort();
      void this.#holds.release(given['requestId']);
    }
    if (method === 'initialize') {
      // A client that begins anew has left behind what it had.
      void this.#legacy?.close();
      const from = { scope: operatorScope('token'), source: 'stdio' };
      this.#legacy = new LegacyCaller(this.#id, this.#deps, from, given);
    }
    if (method === 'subscriptions/listen') void this.#holds.hold(id, given);
    if (typeof method !== 'string' || id === undefined || !this.#isOurs(method, given))
      this.#handToSdk(message);
    else if (this.#inFlight.has(id) || this.#legacy?.isServing(id) === true)
      this.#lines.send(refuseRepeatedId(id));
    else void this.#serve(message, given);
  }

  #isOurs(method: string, params: JsonObject): boolean {
    const meta = params['_meta'];
    if (isJsonObject(meta) && meta[metaKeys.version] === modernVersion) {
      return relayedMethods.has(method) && hasEnvelope(params);
    }
    return this.#legacy !== undefined && (relayedMethods.has(method) || legacyOwnMethods.has(method));
  }

  async #serve(message: JsonObject, params: JsonObject): Promise<void> {
    const meta = params['_meta'];
    const isModern = isJsonObject(meta) && meta[metaKeys.version] === modernVersion;
    try {
      const answer = isModern
        ? await this.#serveModern(message, params)
        : await this.#legacy?.serve(message, this.#lines);
      if (answer !== null && answer !== undefined) this.#lines.send(answer);
    } catch (error) {
      // A bug of ours in one call is that call's error, not the end of the kernel.
      const { code, message: text } = toRpcError(error);
      this.#lines.send({ jsonrpc: '2.0', id: message['id'], error: { code, message: text } });
    }
  }

  async #serveModern(message: JsonObject, params: JsonObject): Promise<JsonObject | null> {
    const { id } = message;
    const controller = new AbortController();
    this.#inFlight.set(id, controller);
    const asker = { scope: operatorScope(this.#caller), source: 'stdio', client: clientName(params) };
    const notify = (name: string, sent: JsonObject): void =>
      this.#lines.send({ jsonrpc: '2.0', method: name, params: sent });
    try {
      const request = { method: String(message['method']), params };
      const result = await this.#deps.calls.serve(request, asker, notify, controller.signal);
      return controller.signal.aborted ? null : { jsonrpc: '2.0', id, result };
    } catch (error) {
      if (controller.signal.aborted) return null;
      const { code, message: text, data } = toRpcError(error);
      return { jsonrpc: '2.0', id, error: { code, message: text, ...(data === undefined ? {} : { data }) } };
    } finally {
      this.#inFlight.delete(id);
    }
  }

  #handToSdk(message: JsonObject): void {
    let parsed: JSONRPCMessage;
    try {
      parsed = parseJSONRPCMessage(message);
    } catch {
      // Not a JSON-RPC 2.0 message: §4 of its specification wants this answer.
      this.#lines.send({ jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'Invalid Request' } });
      return;
    }
    // The SDK takes the era of a conversation from its first message, and a notification does not tell it.
    this.#isSdkOpen ||= message['id'] !== undefined;
    if (this.#isSdkOpen) this.onmessage?.(parsed);
  }
}
