import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { EgressDecision } from '../../../runtime/contract/sandbox.ts';
import { type Egress, type EgressOptions, openEgress } from '../../../runtime/sandbox/egress/index.ts';

/** Loopback addresses that count as public in these tests; 127.0.0.1 and all others stay what they are. */
const PUBLIC_STAND_INS = ['127.0.0.2', '127.0.0.3'];

/** What the resolver of the tests answers; anything else does not exist. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'api.example.org': ['127.0.0.2'],
  'other.example.org': ['127.0.0.3'],
  'deep.sub.example.org': ['127.0.0.2'],
  'xn--bcher-kva.example.org': ['127.0.0.2'],
  'inside.example.org': ['127.0.0.1'],
};

export interface Stage {
  readonly egress: Egress;
  readonly decisions: EgressDecision[];
  /** Names the proxy asked the resolver for. */
  readonly lookups: string[];
}

/** An egress whose resolver knows `NAMES` and whose public Internet is 127.0.0.2 and 127.0.0.3. */
export async function openStage(
  t: Test,
  net: readonly string[],
  options: Partial<EgressOptions> = {},
): Promise<Stage> {
  // Not t.testdir(): a socket's path ends at 107 bytes.
  const dir = await mkdtemp(join(tmpdir(), 'egress-'));
  const decisions: EgressDecision[] = [];
  const lookups: string[] = [];
  const egress = await openEgress({
    plugin: 'probe',
    net,
    socketPath: join(dir, 'e.sock'),
    resolver: (host) => {
      lookups.push(host);
      const addresses = NAMES[host];
      return addresses === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(addresses);
    },
    isPublic: (address) => PUBLIC_STAND_INS.includes(address),
    onDecision: (decision) => decisions.push(decision),
    ...options,
  });
  t.teardown(async () => {
    await egress.close();
    await rm(dir, { recursive: true, force: true });
  });
  return { egress, decisions, lookups };
}

/** A TCP server on a loopback address; `connections` are the sockets it accepted. */
export async function serveTcp(
  t: Test,
  onConnection: (socket: Socket) => void,
  address = '127.0.0.2',
  port = 0,
): Promise<{ port: number; connections: Socket[] }> {
  const connections: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    connections.push(socket);
    onConnection(socket);
  });
  return { port: await listenOn(t, server, connections, address, port), connections };
}

/** An HTTP server on a loopback address. */
export async function serveHttp(
  t: Test,
  listener: RequestListener,
  address = '127.0.0.2',
  port = 0,
): Promise<{ port: number; connections: Socket[] }> {
  const connections: Socket[] = [];
  const server = createHttpServer(listener).on('connection', (socket) => connections.push(socket));
  return { port: await listenOn(t, server, connections, address, port), connections };
}

async function listenOn(
  t: Test,
  server: Server,
  connections: Socket[],
  address: string,
  port: number,
): Promise<number> {
  server.listen(port, address);
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return portOf(server);
}

/** The port a server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server is not listening on TCP');
  return address.port;
}

/** Sends raw bytes to the egress socket and answers all it says until it ends. */
export async function exchange(egress: Egress, bytes: string): Promise<string> {
  const socket = connect(egress.socketPath);
  socket.write(bytes);
  return readAll(socket);
}

export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += String(chunk);
  return text;
}

/** Opens a tunnel and answers its socket after the proxy's own answer, or that answer when it is no 200. */
export async function openTunnel(egress: Egress, target: string): Promise<Socket | string> {
  const socket = connect({ path: egress.socketPath, allowHalfOpen: true });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const chunk = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve).once('error', reject);
  });
  const answer = chunk.toString('latin1');
  const end = answer.indexOf('\r\n\r\n') + 4;
  if (!answer.startsWith('HTTP/1.1 200 ')) {
    return answer + (await readAll(socket));
  }
  socket.pause();
  if (end < chunk.length) socket.unshift(chunk.subarray(end));
  return socket;
}

/** What a process printed and how it ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a sandbox that has no network but the egress socket. */
export async function runInSandbox(
  t: Test,
  egress: Egress,
  command: string,
  args: readonly string[],
  options: { readonly filter?: Buffer } = {},
): Promise<Ending> {
  const walls = [
    '--unshare-user',
    '--unshare-net',
    '--unshare-pid',
    '--cap-drop',
    'ALL',
    '--die-with-parent',
  ];
  const mounts = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/run'];
  const socket = ['--ro-bind', egress.socketPath, '/run/egress.sock'];
  const env = Object.entries({ PATH: '/usr/bin:/bin', ...egress.env });
  const child = spawn(
    '/usr/bin/bwrap',
    [
      ...walls,
      ...mounts,
      ...socket,
      '--clearenv',
      ...env.flatMap(([key, value]) => ['--setenv', key, value]),
      '--',
      command,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe', ...(options.filter === undefined ? [] : ['pipe' as const])] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const filterPipe = child.stdio[3];
  if (options.filter !== undefined && filterPipe && 'end' in filterPipe) filterPipe.end(options.filter);
  return ended(child);
}

async function ended(child: ChildProcess): Promise<Ending> {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  return { code, ...texts };
}
