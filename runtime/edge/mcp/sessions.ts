import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import type { Server } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../contract/plugins.ts';
import type { CatalogueKind } from '../../contract/tools.ts';
import { HttpReply } from './http-reply.ts';
import { relayedMethods } from './protocol.ts';
import { LegacyCaller, legacyOwnMethods } from './relay/legacy-caller.ts';
import { refuseRepeatedId } from './relay/repeated-id.ts';
import type { Asker, RelayDeps } from './relay/relay.ts';
import { createSdkServer } from './sdk-server.ts';

/** Sessions kept at the same time; one more ends the one that was idle longest. */
const sessionLimit = 1_000;
/** A session nobody used for this long is ended, in milliseconds. */
const idleMs = 3_600_000;

interface Session {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly server: Server;
  readonly caller: LegacyCaller;
  usedAt: number;
}

/** HTTP sessions of clients up to 2025-11-25 (Streamable HTTP, "Session Management"). */
export class LegacySessions {
  readonly #deps: RelayDeps;
  readonly #newId: () => string;
  readonly #sessions = new Map<string, Session>();

  constructor(deps: RelayDeps, newId: () => string) {
    this.#deps = deps;
    this.#newId = newId;
  }

  async handle(
    req: IncomingMessage,
    res: ServerResponse,
    body: unknown,
    asker: Omit<Asker, 'client'>,
  ): Promise<void> {
    const id = req.headers['mcp-session-id'];
    if (typeof id !== 'string') return await this.#open(req, res, body, asker);
    const session = this.#sessions.get(id);
    if (session === undefined) {
      const error = { code: -32_001, message: 'Session not found' };
      new HttpReply(res).end({ jsonrpc: '2.0', id: null, error }, 404);
      return;
    }
    session.usedAt = Date.now();
    if (req.method !== 'POST' || !isJsonObject(body))
      return await session.transport.handleRequest(req, res, body);
    if (session.caller.take(body)) {
      res.writeHead(202).end();
      return;
    }
    const { method } = body;
    const isOurs = typeof method === 'string' && (relayedMethods.has(method) || legacyOwnMethods.has(method));
    if (!isOurs || body['id'] === undefined) return await session.transport.handleRequest(req, res, body);
    const reply = new HttpReply(res);
    if (session.caller.isServing(body['id'])) return reply.end(refuseRepeatedId(body['id']), 400);
    reply.end(await session.caller.serve(body, reply));
  }

  changed(kind: CatalogueKind): void {
    for (const { server } of this.#sessions.values()) void sendChange(server, kind).catch(() => {});
  }

  resourcesUpdated(uris: readonly string[]): void {
    for (const { server, caller } of this.#sessions.values()) {
      // A session without an open stream misses it, as the specification allows.
      for (const uri of caller.subscribedOf(uris)) void server.sendResourceUpdated({ uri }).catch(() => {});
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  async #open(
    req: IncomingMessage,
    res: ServerResponse,
    body: unknown,
    asker: Omit<Asker, 'client'>,
  ): Promise<void> {
    this.#evict();
    const id = this.#newId();
    const server = createSdkServer();
    const params = isJsonObject(body) && isJsonObject(body['params']) ? body['params'] : {};
    const caller = new LegacyCaller(id, this.#deps, asker, params);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessioninitialized: () => {
        this.#sessions.set(id, { transport, server, caller, usedAt: Date.now() });
      },
    });
    await server.connect(transport);
    const closed = server.onclose;
    server.onclose = () => {
      closed?.();
      this.#sessions.delete(id);
      void caller.close();
    };
    await transport.handleRequest(req, res, body);
    // Anything but an accepted `initialize` leaves no session behind.
    if (!this.#sessions.has(id)) await server.close();
  }

  #evict(): void {
    const now = Date.now();
    const byAge = [...this.#sessions.values()].sort((a, b) => a.usedAt - b.usedAt);
    const surplus = byAge.length - sessionLimit + 1;
    for (const [index, session] of byAge.entries()) {
      if (index >= surplus && now - session.usedAt < idleMs) break;
      void session.server.close();
    }
  }
}

/** Tells a client that a list changed; the SDK routes it to its stream. */
export async function sendChange(server: Server, kind: CatalogueKind): Promise<void> {
  if (kind === 'tools') await server.sendToolListChanged();
  else if (kind === 'prompts') await server.sendPromptListChanged();
  else await server.sendResourceListChanged();
}
