import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { NexusError, systemCode } from '../../base/errors.ts';
import type { Kernel } from '../../index.ts';
import { callerOf, checkOrigin, checkRights, checkSameOrigin } from './guard.ts';
import { noteCaller } from './noted-caller.ts';
import { protect } from './protect.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** What the server hands requests to once they are let in. */
export interface Routes {
  readonly mcp: Handler;
  /** Serves MCP as newline-delimited JSON over an upgraded connection. */
  readonly attach: (stream: Duplex) => void;
  /** `/api/*` and the metrics. */
  readonly app: Handler;
  /** Everything else: the files of the console, which are no secret. */
  readonly page: Handler;
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
}

/** Protocol name of the upgrade that `nexus mcp` asks for. */
const stdioProtocol = 'nexus-stdio';

/** Serves all edges on one loopback port. Rejects with ADDRESS_IN_USE when the port is taken. */
export async function serveHttp(kernel: Kernel, routes: Routes): Promise<HttpServer> {
  const { host, port } = kernel.config;
  const server = createServer({ keepAliveTimeout: 75_000 }, (req, res) => {
    serveRequest(req, res, routes, kernel).catch((error: unknown) => {
      if (!(error instanceof NexusError)) kernel.log.error({ err: error }, 'request failed');
      refuse(req, res, error);
    });
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (req, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    attach(req, socket, head, kernel, routes).catch((error: unknown) => {
      const status = error instanceof NexusError ? error.status : 500;
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
  });
  await listen(server, host, port);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host}:${bound}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      // Not among all connections any more, but `close` waits for them all the same.
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

/** Lets a client speak MCP over the connection it asked for. */
async function attach(
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  kernel: Kernel,
  routes: Routes,
): Promise<void> {
  checkOrigin(req);
  checkRights(await callerOf(req, kernel.access), ['tools']);
  if (req.url !== '/mcp' || req.headers.upgrade !== stdioProtocol)
    throw new NexusError('USAGE', { problem: 'Unknown upgrade' });
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${stdioProtocol}\r\n\r\n`,
  );
  // What the client sent right behind its request.
  if (head.length > 0) socket.unshift(head);
  routes.attach(socket);
}

async function serveRequest(
  req: IncomingMessage,
  res: ServerResponse,
  routes: Routes,
  { access }: Kernel,
): Promise<void> {
  protect(res);
  checkOrigin(req);
  const path = req.url?.split('?', 1)[0] ?? '/';
  if (path === '/healthz' || path === '/readyz') {
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    return;
  }
  const isApi = path === '/api' || path.startsWith('/api/') || path === '/metrics';
  if (!isApi && path !== '/mcp') return await routes.page(req, res);
  // Who signs in shows what lets him in with the request itself; a session that he has is not asked about.
  const isSignIn = path === '/api/session' && req.method === 'POST';
  if (isSignIn) checkSameOrigin(req);
  const caller = isSignIn ? null : await callerOf(req, access);
  if (path === '/mcp') {
    // A page has no business here: clients of MCP show a token.
    checkRights(caller?.kind === 'session' ? null : caller, ['tools']);
    return await routes.mcp(req, res);
  }
  // Signing in is the one thing that those may ask for who are not in; what else needs a right its route says.
  if (caller === null && path !== '/api/session') throw new NexusError('UNAUTHORIZED');
  if (caller !== null) noteCaller(req, caller);
  await routes.app(req, res);
}

function refuse(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = error instanceof NexusError ? error.status : 500;
  const code = error instanceof NexusError ? error.code : 'INTERNAL';
  const message =
    error instanceof NexusError ? error.message : 'Something went wrong in the kernel; see its log';
  const body = req.url?.startsWith('/mcp')
    ? { jsonrpc: '2.0', id: null, error: { code: -32_000, message } }
    : { error: { code, message } };
  res.writeHead(status, {
    'content-type': 'application/json',
    connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  res.end(JSON.stringify(body));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        systemCode(error) === 'EADDRINUSE' ? new NexusError('ADDRESS_IN_USE', { host, port }, error) : error,
      );
    });
    server.listen(port, host, () => resolve());
  });
}
