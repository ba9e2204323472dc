import t from 'tap';
import { eventually, openEdge } from '../../../fixtures/edge-stage.ts';
import { callModern, LegacySession, sendModern } from '../../../fixtures/mcp-http.ts';
import { StdioWire } from '../../../fixtures/stdio-wire.ts';
import { metaKeys } from '../../../fixtures/wire.ts';

const stage = await openEdge(t, { old: { idleStopMs: 60 }, new: { env: { ERA: 'modern' }, idleStopMs: 60 } });
const plugins = ['old', 'new'];

const touch = (plugin: string, uri: string) => callModern(stage, `${plugin}__touch`, { uri }).answer();

/** How often the plugin was asked for this, as far as its process remembers. */
async function countAsked(plugin: string, method: string, uri: string): Promise<number> {
  const journal = await stage.journal(plugin);
  return journal.filter(
    (message) => message['method'] === method && JSON.stringify(message['params']).includes(uri),
  ).length;
}

/** Whether nobody counts on the plugin any more: then, and only then, it idles. */
const isStopped = (plugin: string) => (): boolean => stage.kernel.host.status(plugin)?.state === 'stopped';

await t.test(
  'a subscription over HTTP: acknowledged, told of updates, over when the client goes',
  async (t) => {
    for (const plugin of plugins) {
      const uri = `fixture://${plugin}/static`;
      const listen = sendModern(
        stage,
        'subscriptions/listen',
        { notifications: { resourceSubscriptions: [uri] } },
        { id: 'l' },
      );
      t.match(await listen.inbox.next(), {
        method: 'notifications/subscriptions/acknowledged',
        params: { _meta: { [metaKeys.subscription]: 'l' } },
      });
      await touch(plugin, `fixture://${plugin}/slow`);
      await touch(plugin, uri);
      t.match(
        await listen.inbox.next(),
        {
          method: 'notifications/resources/updated',
          params: { uri, _meta: { [metaKeys.subscription]: 'l' } },
        },
        'of this resource and no other',
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
      t.equal(stage.kernel.host.status(plugin)?.state, 'active', 'a subscription keeps the plugin up');
      listen.destroy();
      await eventually(isStopped(plugin));
    }
  },
);

await t.test('two clients share one subscription at the plugin; it ends with the last one', async (t) => {
  const uri = 'fixture://old/static';
  const filter = { notifications: { resourceSubscriptions: [uri] } };
  const listens = [1, 2].map(() => sendModern(stage, 'subscriptions/listen', filter));
  for (const listen of listens) await listen.inbox.next();
  t.equal(await countAsked('old', 'resources/subscribe', uri), 1);
  listens[0]?.destroy();
  await touch('old', uri);
  t.match(await listens[1]?.inbox.next(), { method: 'notifications/resources/updated', params: { uri } });
  listens[1]?.destroy();
  await eventually(isStopped('old'));
});

await t.test('a client that goes while its subscription is being made leaves nothing behind', async (t) => {
  const uri = 'fixture://old/slow';
  const listen = sendModern(stage, 'subscriptions/listen', {
    notifications: { resourceSubscriptions: [uri] },
  });
  await eventually(async () => (await countAsked('old', 'resources/subscribe', uri)) === 1);
  listen.destroy();
  await eventually(isStopped('old'));
  t.pass('released as soon as it was made');
});

await t.test('what nobody serves or the plugin refuses is simply never updated', async (t) => {
  const uris = ['fixture://old/item/refused', 'other://x', 'fixture://old/static'];
  const listen = sendModern(stage, 'subscriptions/listen', {
    notifications: { resourceSubscriptions: uris },
  });
  await listen.inbox.next();
  await touch('old', 'fixture://old/static');
  t.match(await listen.inbox.next(), { params: { uri: 'fixture://old/static' } });
  listen.destroy();
  await eventually(isStopped('old'));
});

await t.test('stdio: subscribe, update, cancel; cancel at once; end of the connection', async (t) => {
  for (const plugin of plugins) {
    const uri = `fixture://${plugin}/static`;
    const params = { notifications: { resourceSubscriptions: [uri] } };
    const wire = await StdioWire.open(stage);
    t.teardown(() => wire.socket.destroy());
    void wire.modern('l', 'subscriptions/listen', params).catch(() => {});
    await wire.inbox.method('notifications/subscriptions/acknowledged');
    await eventually(
      async () =>
        (await touch(plugin, uri)) &&
        wire.inbox.all.some(({ method }) => method === 'notifications/resources/updated'),
    );
    wire.send({ method: 'notifications/cancelled', params: { requestId: 'l' } });
    await eventually(isStopped(plugin));

    void wire.modern('m', 'subscriptions/listen', params).catch(() => {});
    wire.send({ method: 'notifications/cancelled', params: { requestId: 'm' } });
    await touch(plugin, uri);
    await eventually(isStopped(plugin));

    void wire.modern('n', 'subscriptions/listen', params).catch(() => {});
    await eventually(() => stage.kernel.host.status(plugin)?.state === 'active');
    wire.reset();
    await eventually(isStopped(plugin));
    t.pass(plugin);
  }
});

await t.test('legacy sessions: subscribe, told on the stream, unsubscribe, end of the session', async (t) => {
  for (const plugin of plugins) {
    const uri = `fixture://${plugin}/static`;
    const session = await LegacySession.open(stage);
    const stream = await session.stream();
    t.match(await session.ask('resources/subscribe', { uri }), { result: {} });
    t.match(await session.ask('resources/subscribe', { uri }), { result: {} }, 'twice is once');
    await touch(plugin, uri);
    t.match(await stream.inbox.next(), { method: 'notifications/resources/updated', params: { uri } });
    t.match(await session.ask('resources/unsubscribe', { uri }), { result: {} });
    t.match(await session.ask('resources/unsubscribe', { uri }), { result: {} }, 'twice is harmless');
    await eventually(isStopped(plugin));
    await session.ask('resources/subscribe', { uri });
    await session.end();
    await eventually(isStopped(plugin));
    t.equal(stream.inbox.all.length, 1);
  }
  const session = await LegacySession.open(stage);
  t.match(await session.ask('resources/subscribe', { uri: 'other://x' }), { error: { code: -32_602 } });
  t.match(await session.ask('resources/subscribe', { uri: 'fixture://old/item/refused' }), {
    error: { code: -32_002 },
  });
});

await t.test('a legacy client over stdio is told of what it subscribed to', async (t) => {
  const wire = await StdioWire.open(stage);
  t.teardown(() => wire.socket.destroy());
  await wire.initialize();
  for (const plugin of plugins) {
    const uri = `fixture://${plugin}/static`;
    await wire.legacy(1, 'resources/subscribe', { uri });
    await touch(plugin, uri);
    t.match(await wire.inbox.method('notifications/resources/updated'), { params: { uri } });
  }
  wire.reset();
  for (const plugin of plugins) await eventually(isStopped(plugin));
});

await t.test('updates of sub-resources: every client is told of what it subscribed to', async (t) => {
  for (const plugin of plugins) {
    const uri = `fixture://${plugin}/static`;
    const listening = { notifications: { resourceSubscriptions: [uri] } };
    const modern = sendModern(stage, 'subscriptions/listen', listening);
    const [wire, legacyWire] = [await StdioWire.open(stage), await StdioWire.open(stage)];
    t.teardown(() => [wire, legacyWire].forEach(({ socket }) => socket.destroy()));
    void wire.modern('l', 'subscriptions/listen', listening).catch(() => {});
    await legacyWire.initialize();
    const session = await LegacySession.open(stage);
    const stream = await session.stream();
    await session.ask('resources/subscribe', { uri });
    await legacyWire.legacy(1, 'resources/subscribe', { uri });
    await wire.inbox.method('notifications/subscriptions/acknowledged');
    await modern.inbox.next();

    await touch(plugin, `${uri}-other/part`);
    await touch(plugin, `${uri}/part?a=1#b`);
    const told = { method: 'notifications/resources/updated' };
    for (const { inbox } of [modern, wire])
      t.match(await inbox.method(told.method), { params: { uri } }, 'the SDK tells of what was named');
    for (const { inbox } of [stream, legacyWire])
      t.match(await inbox.method(told.method), { params: { uri: `${uri}/part?a=1#b` } });
    modern.destroy();
    wire.reset();
    legacyWire.reset();
    await session.end();
    await eventually(isStopped(plugin));
  }
});
