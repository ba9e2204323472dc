import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { operatorScope } from '../../contract/scope.ts';
import type { CatalogueKind } from '../../contract/tools.ts';
import { HttpReply } from './http-reply.ts';
import { isRelayedModern, serveModern } from './modern-http.ts';
import { metaKeys, modernVersion } from './protocol.ts';
import { ModernCalls } from './relay/modern-calls.ts';
import type { RelayDeps } from './relay/relay.ts';
import { RequestStates } from './relay/request-state.ts';
import { readJson } from './request-body.ts';
import type { SdkSide } from './sdk-side.ts';

export interface McpEdgeDeps extends RelayDeps {
  /** At least 32 random bytes that sign request states. */
  readonly stateKey: Uint8Array;
  readonly newId: () => string;
}

/** `POST`, `GET` and `DELETE /mcp` for both protocol eras. The caller has checked Host, Origin and token. */
export class McpHttp {
  readonly calls: ModernCalls;
  readonly #deps: McpEdgeDeps;
  #sdk: Promise<SdkSide> | undefined;

  constructor(deps: McpEdgeDeps) {
    this.#deps = deps;
    this.calls = new ModernCalls(deps, new RequestStates(deps.stateKey), deps.newId);
    deps.catalogue.onChange((kind) => this.#changed(kind));
    deps.host.onEvent((event) => {
      if (event.kind === 'resource-updated') void this.#sdk?.then((sdk) => sdk.resourceUpdated(event.params));
    });
  }

  /** Loads the SDK ahead of the first client; it takes some 50 ms, so not before the kernel is up. */
  async warm(): Promise<void> {
    await this.#side();
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const from = { scope: operatorScope('token'), source: 'http' };
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
    if (isOfSession(req, body) || (await sdk.isLegacy(req, body)))
      return await sdk.sessions.handle(req, res, body, from);
    const release = await this.#subscribe(body);
    res.once('close', () => void release());
    await sdk.handleModern(req, res, body);
  }

  async close(): Promise<void> {
    this.calls.close();
    await (await this.#sdk)?.close();
  }

  #side(): Promise<SdkSide> {
    this.#sdk ??= import('./sdk-side.ts').then(({ SdkSide: Side }) => new Side(this.#deps));
    return this.#sdk;
  }

  async #read(req: IncomingMessage, res: ServerResponse): Promise<{ value: unknown } | undefined> {
    const refuse = (status: number, code: number, message: string): undefined => {
      new HttpReply(res, { connection: 'close' }).end(
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

  /** A 2026-07-28 client subscribes to resources inside `subscriptions/listen`; the plugins must hear of it. */
  async #subscribe(body: unknown): Promise<() => Promise<void>> {
    const uris = subscribedUris(body);
    const releases = await Promise.all(
      uris.map(async (uri) => {
        const offer = this.#deps.catalogue.resource(uri);
        return offer === undefined ? undefined : await this.#deps.host.subscribe(offer.plugin, uri);
      }),
    );
    return async () => {
      await Promise.allSettled(releases.map(async (release) => await release?.()));
    };
  }

  #changed(kind: CatalogueKind): void {
    void this.#sdk?.then((sdk) => sdk.changed(kind));
  }
}

function subscribedUris(body: unknown): readonly string[] {
  if (!isJsonObject(body) || body['method'] !== 'subscriptions/listen') return [];
  const params: JsonObject = isJsonObject(body['params']) ? body['params'] : {};
  const filter = isJsonObject(params['notifications']) ? params['notifications'] : {};
  const uris: readonly unknown[] = Array.isArray(filter['resourceSubscriptions'])
    ? filter['resourceSubscriptions']
    : [];
  return uris.filter((uri) => typeof uri === 'string').slice(0, 1_000);
}

/** A request that can only be of a legacy session: it names one and claims nothing of 2026-07-28. */
function isOfSession({ headers }: IncomingMessage, body: unknown): boolean {
  if (headers['mcp-session-id'] === undefined || headers['mcp-protocol-version'] === modernVersion)
    return false;
  if (!isJsonObject(body) || !isJsonObject(body['params'])) return isJsonObject(body);
  const meta = body['params']['_meta'];
  return !isJsonObject(meta) || meta[metaKeys.version] === undefined;
}
