import { mock } from 'node:test';
import t from 'tap';
import type { Era, JsonObject } from '../../runtime/contract/plugins.ts';
import { Subscriptions } from '../../runtime/host/subscriptions.ts';
import { openConnection } from '../fixtures/open-connection.ts';
import { turn, type PluginSide } from '../fixtures/plugin-side.ts';
import { metaKeys, modernVersion } from '../fixtures/wire.ts';

async function open(era: Era, capabilities?: JsonObject) {
  const { side, connection } = await openConnection(era);
  const hands = capabilities === undefined ? connection.hands : { ...connection.hands, capabilities };
  const problems: string[] = [];
  const subscriptions = new Subscriptions((text) => problems.push(text));
  const empty = { times: 0 };
  const running = { peer: connection.peer, hands, onEmpty: () => void empty.times++ };
  return { side, subscriptions, running, problems, empty };
}

const methods = ({ inbox }: PluginSide): unknown[] =>
  inbox.all.map(({ method }) => method).filter((method) => /subscri|cancelled/.test(String(method)));

await t.test('a legacy plugin is told of the first holder and of the last one only', async (t) => {
  const { side, subscriptions, running, empty } = await open('legacy');
  subscriptions.attach(running);
  const first = subscriptions.hold('a:b');
  const sent = await side.inbox.method('resources/subscribe');
  t.same(sent['params'], { uri: 'a:b' });
  side.answer(sent, {});
  const releases = [await first, await subscriptions.hold('a:b')];
  t.equal(subscriptions.size, 1);
  await releases[0]?.();
  await releases[0]?.();
  t.equal(subscriptions.size, 1, 'to release twice is harmless');
  t.equal(empty.times, 0);
  const last = releases[1]?.();
  t.equal(subscriptions.size, 0);
  t.equal(empty.times, 1, 'nobody counts on the plugin any more');
  const gone = await side.inbox.method('resources/unsubscribe');
  t.same(gone['params'], { uri: 'a:b' });
  side.answer(gone, {});
  await last;
  await releases[1]?.();
  await turn();
  t.same(methods(side), ['resources/subscribe', 'resources/unsubscribe']);
});

await t.test('a subscription the plugin refuses is none, and can be tried again', async (t) => {
  const { side, subscriptions, running } = await open('legacy');
  subscriptions.attach(running);
  const refused = t.rejects(subscriptions.hold('a:b'), { code: -32_002 });
  side.refuse(await side.inbox.method('resources/subscribe'), -32_002, 'no such resource');
  await refused;
  t.equal(subscriptions.size, 0);
  const again = subscriptions.hold('a:b');
  side.answer(await side.inbox.method('resources/subscribe'), {});
  await again;
  t.equal(subscriptions.size, 1);
});

await t.test('two that subscribe at once share the fate of the one request', async (t) => {
  const { side, subscriptions, running } = await open('legacy');
  subscriptions.attach(running);
  const outcomes = Promise.allSettled([subscriptions.hold('a:b'), subscriptions.hold('a:b')]);
  side.refuse(await side.inbox.method('resources/subscribe'), -32_002, 'no such resource');
  t.same(
    (await outcomes).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.equal(subscriptions.size, 0);
});

await t.test('a modern plugin is listened to for what it declares and what is subscribed', async (t) => {
  const { side, subscriptions, running } = await open('modern', {
    tools: { listChanged: true },
    prompts: { listChanged: false },
    resources: { subscribe: true },
  });
  subscriptions.attach(running);
  const first = await side.inbox.method('subscriptions/listen');
  t.match(first['params'], { _meta: { [metaKeys.version]: modernVersion } });
  t.match(first, { params: { notifications: { toolsListChanged: true } } });
  const releases = [await subscriptions.hold('a:b')];
  t.match(await side.inbox.method('notifications/cancelled'), { params: { requestId: first['id'] } });
  const second = await side.inbox.method('subscriptions/listen');
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['a:b'] };
  t.strictSame(second['params'] && Object.entries(second['params'])[0], ['notifications', notifications]);
  releases.push(await subscriptions.hold('a:b'));
  await subscriptions.hold('c:d');
  t.match(await side.inbox.method('subscriptions/listen'), {
    params: { notifications: { resourceSubscriptions: ['a:b', 'c:d'] } },
  });
  await releases[0]?.();
  await turn();
  t.equal(
    methods(side).filter((method) => method === 'subscriptions/listen').length,
    3,
    'one holder is left',
  );
  await releases[1]?.();
  t.match(await side.inbox.method('subscriptions/listen'), {
    params: { notifications: { resourceSubscriptions: ['c:d'] } },
  });
});

await t.test('a modern plugin that has nothing to tell is not listened to', async (t) => {
  const { side, subscriptions, running } = await open('modern', {
    tools: {},
    prompts: { listChanged: 'yes' },
    resources: null,
  });
  subscriptions.attach(running);
  await turn();
  t.same(methods(side), []);
  const release = await subscriptions.hold('a:b');
  const listen = await side.inbox.method('subscriptions/listen');
  await release();
  t.match(await side.inbox.method('notifications/cancelled'), { params: { requestId: listen['id'] } });
  await turn();
  t.same(methods(side), ['subscriptions/listen', 'notifications/cancelled']);
});

await t.test('a plugin that refuses to be listened to, or ends, disturbs nobody', async (t) => {
  const { side, subscriptions, running } = await open('modern');
  subscriptions.attach(running);
  side.refuse(await side.inbox.method('subscriptions/listen'), -32_601, 'no such method');
  await turn();
  const release = await subscriptions.hold('a:b');
  await side.inbox.method('subscriptions/listen');
  side.stdout.end();
  await turn(10);
  await t.resolves(release());
});

await t.test(
  'what is held is asked of the next process; one that is over is not asked for anything',
  async (t) => {
    for (const era of ['legacy', 'modern'] as const) {
      const { side, subscriptions, running, problems } = await open(era);
      const wanted = era === 'legacy' ? 'resources/subscribe' : 'subscriptions/listen';
      subscriptions.attach(running);
      const held = [subscriptions.hold('a:b'), subscriptions.hold('c:d')];
      if (era === 'legacy')
        for (let time = 0; time < 2; time++) side.answer(await side.inbox.method(wanted), {});
      const releases = await Promise.all(held);
      side.stdout.end();
      await turn();
      subscriptions.detach(running.peer);
      await releases[1]?.();
      t.equal(subscriptions.size, 1, 'it stays held while nothing runs');

      const next = await open(era);
      subscriptions.attach(next.running);
      subscriptions.detach(running.peer);
      const asked = await next.side.inbox.method(wanted);
      t.match(
        asked['params'],
        era === 'legacy' ? { uri: 'a:b' } : { notifications: { resourceSubscriptions: ['a:b'] } },
      );
      if (era === 'legacy') next.side.refuse(asked, -32_002, 'gone');
      await turn();
      t.match(problems, era === 'legacy' ? ['updates of a:b are not told any more: gone'] : []);
      const last = releases[0]?.();
      if (era === 'legacy') next.side.answer(await next.side.inbox.method('resources/unsubscribe'), {});
      await last;
      t.equal(subscriptions.size, 0);
    }
  },
);

await t.test('a plugin that does not answer is not waited for', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { side, subscriptions, running } = await open('legacy');
  subscriptions.attach(running);
  const late = t.rejects(subscriptions.hold('a:b'), {
    message: /did not answer "resources\/subscribe" in time/,
  });
  await side.inbox.method('resources/subscribe');
  mock.timers.tick(30_000);
  await late;
  t.equal(subscriptions.size, 0);
  const held = subscriptions.hold('c:d');
  side.answer(await side.inbox.method('resources/subscribe'), {});
  const release = await held;
  const removed = t.rejects(release(), { message: /in time/ });
  await side.inbox.method('resources/unsubscribe');
  mock.timers.tick(30_000);
  await removed;
});
