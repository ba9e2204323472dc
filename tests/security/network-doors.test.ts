import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { PluginProcess } from '../../runtime/contract/sandbox.ts';
import { openEgress } from '../../runtime/sandbox/egress/index.ts';
import { NetworkDoors } from '../../runtime/sandbox/network-door.ts';
import { planPolicy } from '../../runtime/sandbox/policy/plan.ts';
import { Puppet, Stage } from '../sandbox/fixtures.ts';
import { reasonAgainst, Scene } from './battery.ts';
import { egress, listen, PUBLIC } from './stand-ins.ts';

const PLUGINS = 6;

/** Fetches from every port and says which of them answered with the nonce. */
const reached = (ports: readonly number[], nonce: string): string => `
  const texts = await Promise.all(${JSON.stringify(ports)}.map((port) =>
    fetch('http://declared.test:' + port + '/').then((answer) => answer.text(), () => '')));
  return texts.flatMap((text, index) => (text === '${nonce}' ? [index] : []))`;

for (const mechanism of ['bubblewrap', 'namespaces', 'none'] as const) {
  await t.test(`${mechanism}: plugins started at once have a door each`, async (test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox(mechanism, { egress });
    if (mechanism !== 'none' && sandbox.tier !== 'sandbox') {
      test.pass(mechanism, { skip: reasonAgainst(sandbox, mechanism) });
      return;
    }
    await using scene = await Scene.open(stage);
    const listeners = await Promise.all(Array.from({ length: PLUGINS }, () => listen(scene, PUBLIC)));
    const ports = listeners.map(({ port }) => port);
    const launches = await Promise.allSettled(
      ports.map((port, index) =>
        sandbox.launch(
          stage.spec({ plugin: `plugin-${index}`, permissions: { net: [`declared.test:${port}`] } }),
        ),
      ),
    );
    const answers = await Promise.all(
      launches.map((launch) => (launch.status === 'fulfilled' ? reachedBy(launch.value) : launch.reason)),
    );
    test.same(
      answers,
      ports.map((_, index) => [index]),
      'each reaches what it was granted, and nothing else',
    );

    async function reachedBy(plugin: PluginProcess): Promise<unknown> {
      await using puppet = new Puppet(plugin);
      const answer = await puppet.run(reached(ports, scene.nonce));
      return answer.value ?? answer.error;
    }
  });
}

await t.test('doors opened at the same moment are not one door', async (test) => {
  await using stage = await Stage.open();
  await using scene = await Scene.open(stage);
  const listeners = await Promise.all(Array.from({ length: PLUGINS }, () => listen(scene, PUBLIC)));
  const doors = new NetworkDoors(join(stage.dataDir, 'net'), egress);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => doors.close());
  const policies = await Promise.all(
    listeners.map((_, index) =>
      planPolicy(stage.spec({ plugin: `plugin-${index}` }), {
        protectedPaths: [],
        systemPaths: [],
        timezone: null,
      }),
    ),
  );
  const results = await Promise.allSettled(
    policies.map((policy, index) => doors.open(policy, [`declared.test:${listeners[index]?.port}`], true)),
  );
  const paths = results.map((result) => {
    if (result.status === 'rejected') return String(result.reason);
    opened.use(result.value);
    return result.value.policy.network?.socketPath;
  });
  test.equal(new Set(paths).size, PLUGINS, JSON.stringify(paths));
  test.same(
    paths.filter((path) => path === undefined || !existsSync(path)),
    [],
    'every socket is still there',
  );
});

await t.test('a door that is in use is not taken over', async (test) => {
  await using stage = await Stage.open();
  await using opened = new AsyncDisposableStack();
  const socketPath = join(stage.dataDir, 'door.sock');
  const open = async (net: string) =>
    opened.use(await openEgress({ plugin: 'puppet', net: [net], socketPath }));
  const first = await open('first.test:80');
  await test.rejects(open('second.test:80'), { code: 'SANDBOX_LAUNCH_FAILED' });
  test.ok(existsSync(socketPath), 'the first one still has its socket');
  await first.close();
  await test.resolves(open('second.test:80'), 'once it is closed its place is free');
});
