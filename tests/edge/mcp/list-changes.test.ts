import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openEdge } from '../../fixtures/edge-stage.ts';
import { callModern, LegacySession, sendModern } from '../../fixtures/mcp-http.ts';
import { StdioWire } from '../../fixtures/stdio-wire.ts';

const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
const kinds = ['tools', 'prompts', 'resources'];
const notificationOf = (kind: string): string => `notifications/${kind}/list_changed`;

await t.test('a list change reaches every client that can hear it, in its way', async (t) => {
  const stage = await openEdge(t, { old: {}, new: { env: { ERA: 'modern' } } });
  const session = await LegacySession.open(stage);
  const stream = await session.stream();
  const listen = sendModern(stage, 'subscriptions/listen', { notifications: { toolsListChanged: true } });
  await listen.inbox.method('notifications/subscriptions/acknowledged');
  const modern = await StdioWire.open(stage);
  void modern.modern('l', 'subscriptions/listen', { notifications: all }).catch(() => {});
  await modern.inbox.method('notifications/subscriptions/acknowledged');
  const legacy = await StdioWire.open(stage);
  await legacy.initialize();
  t.teardown(() => [modern, legacy].forEach((wire) => wire.socket.destroy()));

  for (const plugin of ['old', 'new']) {
    await callModern(stage, `${plugin}__add`, { name: 'late' }).answer();
    for (const { inbox } of [stream, listen, modern, legacy]) {
      t.match(await inbox.method(notificationOf('tools')), {}, plugin);
    }
    t.match(await callModern(stage, `${plugin}__late`).answer(), {
      result: { content: [{ text: 'added late' }] },
    });
  }
  t.match(JSON.stringify(await session.ask('tools/list')), '"new__late"');
  t.notOk(listen.inbox.all.some(({ method }) => method === notificationOf('prompts')));
});

await t.test('manifests that come and go while clients watch', async (t) => {
  const stage = await openEdge(t, {});
  const session = await LegacySession.open(stage);
  const stream = await session.stream();
  const listen = sendModern(stage, 'subscriptions/listen', { notifications: all });
  await listen.inbox.method('notifications/subscriptions/acknowledged');
  stage.writeManifest('p', {});
  for (const kind of kinds) {
    await stream.inbox.method(notificationOf(kind));
    await listen.inbox.method(notificationOf(kind));
  }
  t.match(await callModern(stage, 'p__echo').answer(), { result: {} });
  rmSync(join(stage.manifests, 'p.json'));
  for (const kind of kinds) {
    await stream.inbox.method(notificationOf(kind));
    await listen.inbox.method(notificationOf(kind));
  }
  t.match(await sendModern(stage, 'tools/list', {}).answer(), { result: { tools: [] } });
  t.match(await callModern(stage, 'p__echo').answer(), { error: { code: -32_602 } });
});
