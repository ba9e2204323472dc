import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isJsonObject } from '../../contract/plugins.ts';
import { operatorScope } from '../../contract/scope.ts';
import type { CatalogueKind } from '../../contract/tools.ts';
import type { McpEdgeDeps } from './deps.ts';
import { HttpReply } from './http-reply.ts';
import { isRelayedModern, serveModern } from './modern-http.ts';
import { metaKeys, modernVersion } from '../../contract/mcp.ts';
import { OpenStreams } from './open-streams.ts';
import { ModernCalls } from './relay/modern-calls.ts';
import { RequestStates } from './relay/request-state.ts';
import { ResourceHolds } from './relay/resource-holds.ts';
import { readJson } from './request-body.ts';
import { ResourceUpdates } from './resource-updates.ts';
import type { SdkSide } from './sdk-side.ts';
import type { StdioConnection } from './stdio-connection.ts';

/** Every HTTP client holds the one token there is. */
const from = { scope: operatorScope('token'), source: 'http' };

/** MCP for both protocol eras: `POST`, `GET` and `DELETE /mcp`, and attached stdio clients. The caller has checked Host, Origin and token. */
export class McpEdge {
  readonly calls: ModernCalls;
  readonly #deps: McpEdgeDeps;
  readonly #holds: ResourceHolds;
  readonly #attached = new Set<StdioConnection>();
  readonly #streams = new OpenStreams();
  readonly #updates = new ResourceUpdates((uris) => this.#updated(uris));
  #sdk: Promise<SdkSide> | undefined;

  constructor(deps: McpEdgeDeps) {
    this.#deps = deps;
    this.#holds = new ResourceHolds(deps);
    this.calls = new ModernCalls(deps, new RequestStates(deps.stateKey), deps.newId);
    deps.catalogue.onChange((kind) => this.#changed(kind));
    deps.host.onEvent((event) => {
      if (event.kind !== 'resource-updated') return;
      const { uri } = event.params;
      if (typeof uri === 'string') this.#updates.note(uri);
    });
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let body: unknown;
    if (req.method === 'POST') {
      const read = await this.#read(req, res);
      if (read === undefined) return;
      body = read.value;
      if (isRelayedModern(req, body)) {
        return await serveModern({ ...this.#deps, calls: this.calls }, { req, res }, body, from);
      }
    }
    const sdk = await this.#side();
    if (req.method === 'GET') this.#streams.add(res);
    if (isOfSession(req, body) || (await sdk.isLegacy(req, body)))
      return await sdk.sessions.handle(req, res, body, from);
    if (isJsonObject(body) && body['method'] === 'subscriptions/listen' && isJsonObject(body['params'])) {
      if (res.destroyed) return;
      this.#streams.add(res);
      res.once('close', () => void this.#holds.release(res));
      await this.#holds.hold(res, body['params']);
    }
    await sdk.handleModern(req, res, body);
  }

  /** Serves MCP as newline-delimited JSON on a stream until it ends. */
  async attach(stream: Duplex): Promise<void> {
    const connection = (await this.#side()).attach(stream, this.calls);
    this.#attached.add(connection);
    await connection.ended;
    this.#attached.delete(connection);
  }

  async close(): Promise<void> {
    this.calls.close();
    this.#updates.close();
    await Promise.allSettled([...this.#attached].map((connection) => connection.close()));
    await (await this.#sdk)?.close();
  }

  #side(): Promise<SdkSide> {
    this.#sdk ??= import('./sdk-side.ts').then(({ SdkSide: Side }) => new Side(this.#deps));
    return this.#sdk;
  }

  async #read(req: IncomingMessage, res: ServerResponse): Promise<{ value: unknown } | undefined> {
    const refuse = (status: number, code: number, message: string): undefined => {
      new HttpReply(res, ['connection', 'close']).end(
        { jsonrpc: '2.0', id: null, error: { code, message } },
        status,
      );
    };
    if (!/^application\/json\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')) {
      return refuse(415, -32_000, 'Unsupported Media Type: Content-Type must be application/json');
    }
    const read = await readJson(req);
    if (read.kind === 'too-large') return refuse(413, -32_000, 'Content Too Large');
    return read.kind === 'json'
      ? { value: read.value }
      : refuse(400, -32_700, 'Parse error: the body is not JSON');
  }

  #updated(uris: readonly string[]): void {
    this.#streams.told();
    const held = this.#holds.heldAbove(uris);
    void this.#sdk?.then((sdk) => sdk.resourcesUpdated(uris, held));
    for (const connection of this.#attached) connection.resourcesUpdated(uris);
  }

  #changed(kind: CatalogueKind): void {
    this.#streams.told();
    void this.#sdk?.then((sdk) => sdk.changed(kind));
    for (const connection of this.#attached) connection.changed(kind);
  }
}

/** A request that can only be of a legacy session: it names one and claims nothing of 2026-07-28. */
function isOfSession({ headers }: IncomingMessage, body: unknown): boolean {
  if (headers['mcp-session-id'] === undefined || headers['mcp-protocol-version'] === modernVersion)
    return false;
  if (!isJsonObject(body) || !isJsonObject(body['params'])) return isJsonObject(body);
  const meta = body['params']['_meta'];
  return !isJsonObject(meta) || meta[metaKeys.version] === undefined;
}
