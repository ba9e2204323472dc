import { createServer, type ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { HttpReply } from '../../../runtime/edge/mcp/http-reply.ts';
import type { JsonObject } from '../../../runtime/contract/plugins.ts';
import { eventually, openEdge } from '../../fixtures/edge-stage.ts';
import { callModern, Exchange } from '../../fixtures/mcp-http.ts';

/** One exchange with a server that does this with it. */
async function exchange(t: Test, serve: (reply: HttpReply, res: ServerResponse) => void, extra?: string[]) {
  let response: ServerResponse | undefined;
  const server = createServer((_req, res) => {
    response = res;
    serve(new HttpReply(res, extra), res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new Exchange({ url: `http://127.0.0.1:${port}`, token: '' }, '{}');
  return { client, response: () => response };
}

const answer: JsonObject = { jsonrpc: '2.0', id: 1, result: { text: 'é\u2028\n' } };
const told: JsonObject = { jsonrpc: '2.0', method: 'notifications/progress', params: { text: 'a\nb\n\n\r' } };

await t.test(
  'an answer alone is a JSON body of exactly its length, with the status and headers given',
  async (t) => {
    const { client } = await exchange(t, (reply) => reply.end(answer, 400), ['x-extra', '1']);
    t.equal(await client.status(), 400);
    t.match(await client.headers(), {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(JSON.stringify(answer))),
      'x-extra': '1',
    });
    t.same(JSON.parse(await client.text()), answer);
  },
);

await t.test(
  'messages ahead of it make a stream; line breaks inside cannot break it; the status is 200 then',
  async (t) => {
    const serve = (reply: HttpReply): void => {
      reply.send(told);
      reply.send(told);
      reply.end(answer, 400);
    };
    const { client } = await exchange(t, serve, ['x-extra', '1']);
    t.equal(await client.status(), 200);
    t.match(await client.headers(), {
      'content-type': 'text/event-stream',
      'x-extra': '1',
      'x-accel-buffering': 'no',
    });
    await client.text();
    t.same(client.inbox.all, [told, told, answer]);
  },
);

await t.test('no answer: 202 without a body, or the end of the stream', async (t) => {
  const { client } = await exchange(t, (reply) => reply.end(null));
  t.equal(await client.status(), 202);
  t.equal(await client.text(), '');
  const stream = await exchange(t, (reply) => {
    reply.send(told);
    reply.end(null);
  });
  await stream.client.text();
  t.same(stream.client.inbox.all, [told]);
});

await t.test('what comes after the end, or after the client has gone, is dropped in silence', async (t) => {
  const { client } = await exchange(t, (reply) => {
    reply.end(answer);
    reply.send(told);
    reply.end(answer);
  });
  t.same(JSON.parse(await client.text()), answer);
  const gone = await exchange(t, (reply, res) => {
    res.destroy();
    reply.send(told);
    reply.end(answer);
  });
  await t.rejects(gone.client.status());
});

await t.test(
  'a client that does not read loses notifications, never a question or its answer; memory is bounded',
  async (t) => {
    const text = 'x'.repeat(10_000);
    let largest = 0;
    const done = Promise.withResolvers<void>();
    const { client, response } = await exchange(t, (reply, res) => {
      const flood = (left: number): void => {
        for (let sent = 0; sent < 100; sent++) reply.send({ ...told, params: { text } });
        largest = Math.max(largest, res.writableLength);
        if (left > 0) setImmediate(flood, left - 1);
        else {
          reply.send({ jsonrpc: '2.0', id: 'question', method: 'roots/list' });
          reply.end(answer);
          done.resolve();
        }
      };
      flood(30);
    });
    await client.pause();
    await done.promise;
    t.ok(largest < 1_200_000, `at most ${largest} bytes waited`);
    await client.resume();
    await client.text();
    t.ok(client.inbox.all.length < 3_000, `${client.inbox.all.length} messages arrived of 3,102`);
    t.same(client.inbox.all.slice(-2), [{ jsonrpc: '2.0', id: 'question', method: 'roots/list' }, answer]);
    t.equal(response()?.writableLength, 0);
  },
);

await t.test('through the kernel: a slow reader gets its answer, and nobody waits for it', async (t) => {
  const stage = await openEdge(t, { p: {} });
  const meta = { progressToken: 1 };
  const slow = callModern(stage, 'p__progress', { count: 20_000 }, { meta });
  await slow.pause();
  t.match(await callModern(stage, 'p__echo').answer(), { result: {} });
  await eventually(
    async () => (await stage.runs()).filter(({ state }) => state === 'SUCCEEDED').length === 2,
  );
  await slow.resume();
  t.match(await slow.answer(), { result: { content: [{ text: 'done' }] } });
});
