import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest, type McpHttpHandler } from '@modelcontextprotocol/server';
import type { CatalogueKind } from '../../contract/tools.ts';
import type { McpEdgeDeps } from './deps.ts';
import type { ModernCalls } from './relay/modern-calls.ts';
import { createSdkServer } from './sdk-server.ts';
import { LegacySessions } from './sessions.ts';
import { StdioConnection } from './stdio-connection.ts';

/** What the SDK serves over HTTP: era decision, refusals, discovery, subscriptions, legacy sessions. Loaded when first needed. */
export class SdkSide {
  readonly sessions: LegacySessions;
  readonly #deps: McpEdgeDeps;
  readonly #handler: McpHttpHandler;
  readonly #serve: ReturnType<typeof toNodeHandler>;

  constructor(deps: McpEdgeDeps) {
    this.#deps = deps;
    this.sessions = new LegacySessions(deps, deps.newId);
    this.#handler = createMcpHandler(createSdkServer, { legacy: 'reject' });
    this.#serve = toNodeHandler(this.#handler);
  }

  async isLegacy(req: IncomingMessage, body: unknown): Promise<boolean> {
    return await isLegacyRequest(await toWebRequest(incoming(req), body), body);
  }

  async handleModern(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    await this.#serve(incoming(req), res, body);
  }

  attach(stream: Duplex, calls: ModernCalls): StdioConnection {
    return new StdioConnection(stream, { ...this.#deps, calls });
  }

  changed(kind: CatalogueKind): void {
    this.sessions.changed(kind);
    const { notify } = this.#handler;
    if (kind === 'tools') notify.toolsChanged();
    else if (kind === 'prompts') notify.promptsChanged();
    else notify.resourcesChanged();
  }

  /** `held` are those of `uris`, or above them, that modern clients named: the SDK tells each of exactly what it named. */
  resourcesUpdated(uris: readonly string[], held: readonly string[]): void {
    this.sessions.resourcesUpdated(uris);
    for (const uri of held) this.#handler.notify.resourceUpdated(uri);
  }

  async close(): Promise<void> {
    await this.sessions.close();
    await this.#handler.close();
  }
}

/** Node types an incoming request's method and URL as optional because client responses share the class. */
function incoming(req: IncomingMessage): IncomingMessage & { method: string; url: string } {
  if (!isIncoming(req)) throw new TypeError('not a server-side request');
  return req;
}

function isIncoming(req: IncomingMessage): req is IncomingMessage & { method: string; url: string } {
  return req.method !== undefined && req.url !== undefined;
}
