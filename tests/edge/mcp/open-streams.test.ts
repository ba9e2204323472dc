import { createServer, type ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { OpenStreams } from '../../../runtime/edge/mcp/open-streams.ts';
import { campaign } from '../../fixtures/campaign.ts';
import { eventually, openEdge } from '../../fixtures/edge-stage.ts';
import { peakGrowthMb } from '../../fixtures/memory.ts';
import { callModern, Exchange, LegacySession, sendModern } from '../../fixtures/mcp-http.ts';

/** A stream a client has open, seen from both sides. */
async function openStream(t: Test) {
  const opened = Promise.withResolvers<ServerResponse>();
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    opened.resolve(res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new Exchange({ url: `http://127.0.0.1:${port}`, token: '' }, null, { method: 'GET' });
  return { client, res: await opened.promise };
}

await t.test('a client that reads keeps its stream, however much it is told', async (t) => {
  const { client, res } = await openStream(t);
  const streams = new OpenStreams();
  streams.add(res);
  await client.status();
  for (let time = 0; time < 5_000; time++) {
    streams.told();
    if (!res.write('data: {}\n\n')) await new Promise((resolve) => res.once('drain', resolve));
  }
  t.notOk(res.destroyed);
});

await t.test('one that does not read loses it after a thousand things told', async (t) => {
  const { client, res } = await openStream(t);
  const streams = new OpenStreams();
  streams.add(res);
  await client.pause();
  while (res.write('x'.repeat(65_536)));
  // A full buffer may still be on its way to a client that reads slowly.
  for (let time = 0; time < 1_000; time++) streams.told();
  t.notOk(res.destroyed);
  streams.told();
  t.ok(res.destroyed);
  await new Promise((resolve) => res.once('close', resolve));
  t.doesNotThrow(() => streams.told());
});

await t.test(
  'through the kernel: a flood of updates is a trickle to clients, whether they read or not',
  async (t) => {
    const stage = await openEdge(t, { p: {} });
    const uri = 'fixture://p/static';
    const filter = { notifications: { resourceSubscriptions: [uri], toolsListChanged: true } };
    const session = await LegacySession.open(stage);
    const streams = [await session.stream(), sendModern(stage, 'subscriptions/listen', filter)];
    const reader = sendModern(stage, 'subscriptions/listen', filter);
    await reader.inbox.method('notifications/subscriptions/acknowledged');
    await session.ask('resources/subscribe', { uri });
    for (const stream of streams) await stream.pause();
    const rounds = campaign(5, 2);
    // The kernel's own limit on updates is what keeps this short: told ten times a second, not two hundred thousand times.
    const grownMb = await peakGrowthMb(async () => {
      for (let round = 0; round < rounds; round++)
        await callModern(stage, 'p__touch', { uri, times: 20_000 }).answer();
      await eventually(() => reader.inbox.all.length >= 3);
    });
    t.ok(grownMb < 50, `the kernel grew by ${grownMb.toFixed(0)} MiB`);
    t.ok(
      reader.inbox.all.length < 100,
      `told ${reader.inbox.all.length} times of ${rounds * 20_000} updates`,
    );
    for (const stream of streams) stream.destroy();
    reader.destroy();
  },
);
