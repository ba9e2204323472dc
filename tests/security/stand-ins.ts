import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { Aim, Scene } from './battery.ts';

/** Stand-ins for the world: addresses of loopback that count as public or private for the egress proxy. */
export const PUBLIC = '127.0.0.3';
export const METADATA = '127.0.0.169';
/** Answers of the resolver by name; a list is what it answers one time after the other. */
const NAMES: Record<string, readonly string[]> = {
  'declared.test': [PUBLIC],
  'undeclared.test': [PUBLIC],
  'metadata.test': [METADATA],
  'rebinding.test': [PUBLIC, METADATA],
};
/** Every name a proxy asked for. */
export const asked: string[] = [];

/** What every proxy of a battery is set up with. */
export const egress = {
  resolver: (host: string): Promise<readonly string[]> => {
    const times = asked.filter((name) => name === host).length;
    asked.push(host);
    const answers = NAMES[host];
    if (answers === undefined) return Promise.reject(new Error('no such name'));
    return Promise.resolve([answers[Math.min(times, answers.length - 1)] ?? PUBLIC]);
  },
  isPublic: (address: string): boolean => address === PUBLIC,
};

export interface Listener {
  readonly port: number;
  /** How many connections came. */
  readonly count: () => number;
}

/** A service that answers everybody with the nonce; it ends with the scene. */
export async function listen(scene: Scene, address: string | { path: string }): Promise<Listener> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.end(
      `HTTP/1.1 200 OK\r\nContent-Length: ${scene.nonce.length}\r\nConnection: close\r\n\r\n${scene.nonce}`,
    );
  });
  if (typeof address === 'string') server.listen(0, address);
  else server.listen(address.path);
  await once(server, 'listening');
  scene.resources.defer(() => void server.close());
  const bound = server.address();
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0, count: () => connections };
}

/** Ports of the listeners of a scene: the one aimed at first, and where that leads on to. */
export const ports = new WeakMap<Scene, number>();
export const others = new WeakMap<Scene, number>();
/** A permission for the listener aimed at, under a name or address. */
export const declared = (scene: Scene, host: string) => ({
  permissions: { net: [`${host}:${ports.get(scene) ?? 1}`] },
});

/** Connects with plain TCP, past every proxy setting, and reads what comes. */
export const tcp = (host: string, port: number): string => `
  return new Promise((resolve, reject) => {
    let text = '';
    require('node:net').connect(${port}, '${host}').on('error', reject)
      .on('data', (chunk) => { text += chunk }).on('close', () => resolve(text));
  })`;
/** Fetches a URL. */
export const get = (url: string): string =>
  `const answer = await fetch('${url}'); return [answer.status, await answer.text()]`;
/** Speaks to the proxy itself, as it likes. */
export const viaProxy = (request: string): string => `
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = require('node:net').connect(process.env.NEXUS_EGRESS_SOCKET);
    socket.on('error', reject).on('data', (chunk) => { text += chunk }).on('close', () => resolve(text));
    socket.write(${JSON.stringify(request)});
    setTimeout(() => socket.end(), 500);
  })`;

/** Aims at a listener of its own at `address`. */
export async function aimAt(scene: Scene, address: string, code: (port: number) => string): Promise<Aim> {
  const listener = await listen(scene, address);
  ports.set(scene, listener.port);
  return { code: code(listener.port), happened: () => listener.count() > 0 };
}
