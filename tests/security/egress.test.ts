import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Attempt, runBattery, tells } from './battery.ts';
import {
  aimAt,
  asked,
  declared,
  egress,
  get,
  listen,
  METADATA,
  others,
  ports,
  PUBLIC,
  tcp,
  viaProxy,
} from './stand-ins.ts';

/** The plugin has a network permission, and is after more. */
const attempts: Attempt[] = [
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
      const server = createServer((_request, response) => {
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
