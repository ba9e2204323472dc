import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { type SpecChange, Stage } from '../sandbox/fixtures.ts';
import { reasonAgainst } from './battery.ts';
import { egress } from './stand-ins.ts';

/**
 * Landlock has no right for connecting to a socket of a path, and a system call filter sees no path: who may open one
 * unix socket may command every service of this machine that listens on one.
 */
await using stage = await Stage.open();
const sandbox = await stage.sandbox('landlock', { egress });
if (sandbox.tier !== 'sandbox') {
  t.pass('landlock', { skip: reasonAgainst(sandbox, 'landlock') });
} else {
  const path = join(stage.outside, 'service.sock');
  const granted = join(stage.outside, 'granted.sock');
  let connections = 0;
  const service = createServer((socket) => {
    connections += 1;
    socket.end('the secret of the service');
  }).listen(path);
  const other = createServer((socket) => socket.end()).listen(granted);
  await Promise.all([once(service, 'listening'), once(other, 'listening')]);
  const attack = `return new Promise((resolve, reject) => require('node:net').connect('${path}')
    .on('error', reject).on('data', (chunk) => resolve(String(chunk))))`;

  for (const [what, permissions] of Object.entries({
    'a host': { net: ['declared.test:80'] },
    'a socket': { fs: { read: [], write: [granted] } },
  } satisfies Record<string, SpecChange['permissions']>)) {
    await t.test(`a plugin granted ${what} cannot command another service`, async (test) => {
      const attempt = stage.puppet(sandbox, stage.spec({ permissions })).then((puppet) => puppet.run(attack));
      await test.rejects(attempt, {
        code: 'ISOLATION_UNAVAILABLE',
        message: /landlock.*unix socket.*bubblewrap.*--allow-unsandboxed/s,
      });
      test.equal(connections, 0, 'nobody came to the service');
    });
  }

  await t.test('a plugin without either starts, and cannot connect', async (test) => {
    const puppet = await stage.puppet(sandbox);
    test.equal(puppet.process.enforcement.network, 'enforced');
    test.match(await puppet.run(attack), { error: 'EAFNOSUPPORT' });
    test.equal(connections, 0);
  });

  service.close();
  other.close();
}
