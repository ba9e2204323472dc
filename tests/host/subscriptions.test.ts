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
  return { side, subscriptions: new Subscriptions(connection.peer, hands) };
}

const methods = ({ inbox }: PluginSide): unknown[] =>
  inbox.all.map(({ method }) => method).filter((method) => /subscri|cancelled/.test(String(method)));

await t.test('a legacy plugin is told of the first holder and of the last one only', async (t) => {
  const { side, subscriptions } = await open('legacy');
  subscriptions.open();
  const first = subscriptions.add('a:b');
  const sent = await side.inbox.method('resources/subscribe');
  t.same(sent['params'], { uri: 'a:b' });
  side.answer(sent, {});
  await first;
  await subscriptions.add('a:b');
  t.equal(subscriptions.size, 1);
  await subscriptions.remove('a:b');
  t.equal(subscriptions.size, 1);
  const last = subscriptions.remove('a:b');
  t.equal(subscriptions.size, 0);
  const gone = await side.inbox.method('resources/unsubscribe');
  t.same(gone['params'], { uri: 'a:b' });
  side.answer(gone, {});
  await last;
  await subscriptions.remove('a:b');
  await turn();
  t.same(methods(side), ['resources/subscribe', 'resources/unsubscribe']);
});

await t.test('a subscription the plugin refuses is none, and can be tried again', async (t) => {
  const { side, subscriptions } = await open('legacy');
  const refused = t.rejects(subscriptions.add('a:b'), { code: -32_002 });
  side.refuse(await side.inbox.method('resources/subscribe'), -32_002, 'no such resource');
  await refused;
  t.equal(subscriptions.size, 0);
  const again = subscriptions.add('a:b');
  side.answer(await side.inbox.method('resources/subscribe'), {});
  await again;
  t.equal(subscriptions.size, 1);
});

await t.test('two that subscribe at once share the fate of the one request', async (t) => {
  const { side, subscriptions } = await open('legacy');
  const both = [subscriptions.add('a:b'), subscriptions.add('a:b')];
  const outcomes = Promise.allSettled(both);
  side.refuse(await side.inbox.method('resources/subscribe'), -32_002, 'no such resource');
  t.same(
    (await outcomes).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.equal(subscriptions.size, 0);
});

await t.test('a modern plugin is listened to for what it declares and what is subscribed', async (t) => {
  const { side, subscriptions } = await open('modern', {
    tools: { listChanged: true },
    prompts: { listChanged: false },
    resources: { subscribe: true },
  });
  subscriptions.open();
  const first = await side.inbox.method('subscriptions/listen');
  t.match(first['params'], { _meta: { [metaKeys.version]: modernVersion } });
  t.match(first, { params: { notifications: { toolsListChanged: true } } });
  await subscriptions.add('a:b');
  t.match(await side.inbox.method('notifications/cancelled'), { params: { requestId: first['id'] } });
  const second = await side.inbox.method('subscriptions/listen');
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['a:b'] };
  t.strictSame(second['params'] && Object.entries(second['params'])[0], ['notifications', notifications]);
  await subscriptions.add('a:b');
  await subscriptions.add('c:d');
  t.match(await side.inbox.method('subscriptions/listen'), {
    params: { notifications: { resourceSubscriptions: ['a:b', 'c:d'] } },
  });
  await subscriptions.remove('a:b');
  await turn();
  t.equal(
    methods(side).filter((method) => method === 'subscriptions/listen').length,
    3,
    'one holder is left',
  );
  await subscriptions.remove('a:b');
  t.match(await side.inbox.method('subscriptions/listen'), {
    params: { notifications: { resourceSubscriptions: ['c:d'] } },
  });
});

await t.test('a modern plugin that has nothing to tell is not listened to', async (t) => {
  const { side, subscriptions } = await open('modern', {
    tools: {},
    prompts: { listChanged: 'yes' },
    resources: null,
  });
  subscriptions.open();
  await turn();
  t.same(methods(side), []);
  await subscriptions.add('a:b');
  const listen = await side.inbox.method('subscriptions/listen');
  await subscriptions.remove('a:b');
  t.match(await side.inbox.method('notifications/cancelled'), { params: { requestId: listen['id'] } });
  await turn();
  t.same(methods(side), ['subscriptions/listen', 'notifications/cancelled']);
});

await t.test('a plugin that refuses to be listened to, or ends, disturbs nobody', async (t) => {
  const { side, subscriptions } = await open('modern');
  subscriptions.open();
  side.refuse(await side.inbox.method('subscriptions/listen'), -32_601, 'no such method');
  await turn();
  await subscriptions.add('a:b');
  await side.inbox.method('subscriptions/listen');
  side.stdout.end();
  await turn(10);
  await t.resolves(subscriptions.remove('a:b'));
});

await t.test('a plugin that does not answer is not waited for', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { side, subscriptions } = await open('legacy');
  const late = t.rejects(subscriptions.add('a:b'), {
    message: /did not answer "resources\/subscribe" in time/,
  });
  await side.inbox.method('resources/subscribe');
  mock.timers.tick(30_000);
  await late;
  t.equal(subscriptions.size, 0);
  const held = subscriptions.add('c:d');
  side.answer(await side.inbox.method('resources/subscribe'), {});
  await held;
  const removed = t.rejects(subscriptions.remove('c:d'), { message: /in time/ });
  await side.inbox.method('resources/unsubscribe');
  mock.timers.tick(30_000);
  await removed;
});
