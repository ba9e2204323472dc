import { chmod, lstat, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { messageOf, NexusError, systemCode } from '../../base/errors.ts';
import type { EgressDecision } from '../../contract/sandbox.ts';
import { isPublicAddress, type Resolver, systemResolver } from './decide.ts';
import { sandboxEnv } from './env.ts';
import { serveRequest } from './forward.ts';
import { type EgressLimits, Gate } from './gate.ts';
import { parseGrants } from './grants.ts';
import { serveTunnel } from './tunnel.ts';

export type { Resolver } from './decide.ts';
export type { EgressLimits } from './gate.ts';

/** What one plugin's network door needs to know. */
export interface EgressOptions {
  readonly plugin: string;
  /** `permissions.net` of its manifest. */
  readonly net: readonly string[];
  /** Where to listen on the host; at most 107 bytes, and its folder must be closed to other users. */
  readonly socketPath: string;
  /** Where the plugin will see that socket; `/run/egress.sock` when absent. */
  readonly sandboxSocketPath?: string;
  /** The resolver of the operating system when absent. */
  readonly resolver?: Resolver;
  /** Called for every decision; must not throw. */
  readonly onDecision?: (decision: EgressDecision) => void;
  readonly limits?: Partial<EgressLimits>;
  /** Which addresses a name may resolve to; tests let loopback stand-ins count as public. */
  readonly isPublic?: (address: string) => boolean;
}

/** An open network door. The owner closes it when the plugin has ended. */
export interface Egress extends AsyncDisposable {
  readonly socketPath: string;
  /** The environment that sends programs in the sandbox to the door. */
  readonly env: Readonly<Record<string, string>>;
  /** A file for `node --require` inside the sandbox; it must be readable there. */
  readonly preload: string;
  /** Ends every connection and removes the socket; twice is harmless. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: EgressLimits = {
  connections: 64,
  idleTimeoutMs: 600_000,
  halfOpenTimeoutMs: 15_000,
  connectTimeoutMs: 15_000,
};
const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 10_000;
/** `sun_path` holds 108 bytes with its final zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;
/** Places of the doors of this process: what lies there is not stale, it is the way out of another plugin. */
const taken = new Set<string>();

/**
 * Opens the network door of one plugin: an HTTP proxy on a unix socket that carries `http://` requests and CONNECT
 * tunnels to the granted `host:port` and nowhere else. Throws PERMISSION_REFUSED and SANDBOX_LAUNCH_FAILED.
 */
export async function openEgress(options: EgressOptions): Promise<Egress> {
  const { plugin, net, socketPath } = options;
  const grants = parseGrants(plugin, net);
  const gate = new Gate(
    plugin,
    {
      grants,
      resolver: options.resolver ?? systemResolver,
      isPublic: options.isPublic ?? isPublicAddress,
    },
    { ...DEFAULT_LIMITS, ...options.limits },
    options.onDecision ?? (() => undefined),
  );
  const server = createProxy(gate);
  await listen(server, plugin, socketPath);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      server.close(() => {
        taken.delete(socketPath);
        resolve();
      });
      gate.close();
    });
    return closed;
  };
  return {
    socketPath,
    env: sandboxEnv(grants, options.sandboxSocketPath),
    preload: fileURLToPath(new URL('preload.cjs', import.meta.url)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createProxy(gate: Gate): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // An upload may take as long as it moves: the idle time-out of its socket is the bound.
    requestTimeout: 0,
  });
  // Connections above the limit are answered with the reason; above twice the limit they are dropped unread.
  server.maxConnections = 2 * gate.limits.connections;
  server.on('connection', (socket) => gate.own(socket));
  server.on('request', (request, response) => {
    void orDestroy(serveRequest(gate, request, response), request.socket);
  });
  server.on('connect', (request, socket, head) => {
    if (socket instanceof Socket) void orDestroy(serveTunnel(gate, request, socket, head), socket);
  });
  return server;
}

/** A plugin must not be able to end the kernel with a request that finds a bug in here: it loses its connection. */
async function orDestroy(task: Promise<void>, socket: Socket): Promise<void> {
  try {
    await task;
  } catch {
    socket.destroy();
  }
}

async function listen(server: Server, plugin: string, socketPath: string): Promise<void> {
  const isTaken = taken.has(socketPath);
  taken.add(socketPath);
  try {
    if (isTaken) throw new Error('it is the door of another plugin');
    if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES)
      throw new Error('the path is longer than 107 bytes');
    await removeStaleSocket(socketPath);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen(socketPath, resolve);
    await promise;
    await chmod(socketPath, 0o600);
  } catch (error) {
    server.close();
    if (!isTaken) taken.delete(socketPath);
    const problem = `the egress socket ${socketPath} cannot be opened (${messageOf(error)})`;
    throw new NexusError('SANDBOX_LAUNCH_FAILED', { plugin, problem, todo: 'Check its folder' }, error);
  }
}

/** A kernel that was killed leaves its socket file behind, and nobody can listen on it again. */
async function removeStaleSocket(socketPath: string): Promise<void> {
  try {
    if ((await lstat(socketPath)).isSocket()) await rm(socketPath, { force: true });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
