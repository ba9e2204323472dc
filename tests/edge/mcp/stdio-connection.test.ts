import { PassThrough } from 'node:stream';
import t from 'tap';
import { isJsonObject, type JsonObject } from '../../../runtime/contract/plugins.ts';
import { McpEdge } from '../../../runtime/edge/mcp/mcp-edge.ts';
import { eventually, openEdge } from '../../fixtures/edge-stage.ts';
import { modernParams } from '../../fixtures/mcp-http.ts';
import { StdioWire } from '../../fixtures/stdio-wire.ts';
import { metaKeys, modernVersion } from '../../fixtures/wire.ts';

const stage = await openEdge(t, { old: {}, new: { env: { ERA: 'modern' } } });
const plugins = ['old', 'new'];

async function connect(): Promise<StdioWire> {
  const wire = await StdioWire.open(stage);
  t.teardown(() => wire.socket.destroy());
  return wire;
}

await t.test('a modern client: discovery, lists, calls, progress, without any handshake', async (t) => {
  const wire = await connect();
  t.match(await wire.modern('d', 'server/discover'), {
    result: { supportedVersions: [modernVersion], capabilities: { tools: { listChanged: true } } },
  });
  t.match(JSON.stringify(await wire.modern(2, 'tools/list')), '"new__echo"');
  for (const plugin of plugins) {
    t.match(await wire.modern(3, 'tools/call', { name: `${plugin}__echo`, arguments: { a: 1 } }), {
      result: {
        resultType: 'complete',
        content: [{ text: '{"a":1}' }],
        _meta: { [metaKeys.server]: { name: 'nexus' } },
      },
    });
    const meta = { progressToken: 'tok' };
    const call = wire.modern(
      'p',
      'tools/call',
      { name: `${plugin}__progress`, arguments: { count: 2 } },
      { meta },
    );
    for (const progress of [1, 2]) {
      t.match(await wire.inbox.method('notifications/progress'), {
        params: { progressToken: 'tok', progress },
      });
    }
    t.match(await call, { result: { content: [{ text: 'done' }] } });
  }
  t.match(await wire.modern(5, 'resources/read', { uri: 'fixture://old/static' }), {
    result: { contents: [{}] },
  });
  t.match(await wire.modern(6, 'tools/call', { name: 'old__odd' }), {
    result: { structuredContent: [1, 'two', null], 'x-unknown': {} },
  });
  t.match(await wire.modern(7, 'nothing/known'), { error: { code: -32_601 } });
});

await t.test('a legacy client: handshake, lists, calls, progress, logs, ping', async (t) => {
  const wire = await connect();
  t.match(await wire.initialize(), {
    result: { protocolVersion: '2025-11-25', serverInfo: { name: 'nexus' } },
  });
  t.match(await wire.legacy(1, 'ping'), { result: {} });
  t.match(JSON.stringify(await wire.legacy(2, 'tools/list')), '"old__echo"');
  for (const plugin of plugins) {
    const params = { name: `${plugin}__progress`, arguments: { count: 1 }, _meta: { progressToken: 9 } };
    const call = wire.legacy(3, 'tools/call', params);
    t.match(await wire.inbox.method('notifications/progress'), { params: { progressToken: 9, progress: 1 } });
    const answer = await call;
    t.strictSame(answer['result'], { content: [{ type: 'text', text: 'done' }] });
    const said = wire.legacy(4, 'tools/call', {
      name: `${plugin}__say`,
      arguments: { level: 'error', data: 'x' },
    });
    t.match(await wire.inbox.method('notifications/message'), { params: { level: 'error', data: 'x' } });
    await said;
  }
  t.match(await wire.legacy(5, 'logging/setLevel', { level: 'emergency' }), { result: {} });
  t.match(await wire.legacy(6, 'tools/call', { name: 'old__odd' }), {
    result: { structuredContent: { result: [1, 'two', null] } },
  });
});

await t.test('what a legacy client may not do before initialize', async (t) => {
  const wire = await connect();
  const answer = await wire.legacy(1, 'tools/call', { name: 'old__echo', arguments: { word: 'too-early' } });
  t.ok(isJsonObject(answer['error']));
  t.notMatch(JSON.stringify(await stage.journal('old')), 'too-early');
});

await t.test('lines cut anywhere, several at once, empty ones, CRLF', async (t) => {
  const wire = await connect();
  const params = modernParams({ name: 'old__echo', arguments: { text: 'é€😀' } });
  const lineOf = (id: number): Buffer =>
    Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\r\n`);
  const line = lineOf(1);
  for (let at = 1; at < line.length; at += 37) {
    wire.raw(line.subarray(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    wire.raw(line.subarray(at));
    t.match(await wire.inbox.answer(1), { result: { content: [{ text: '{"text":"é€😀"}' }] } });
  }
  wire.raw(Buffer.concat([Buffer.from('\n\r\n\n'), ...[2, 3, 4].map(lineOf)]));
  for (const id of [2, 3, 4]) t.match(await wire.inbox.answer(id), { result: {} });
  const isError = wire.inbox.all.some(({ error }) => error !== undefined);
  t.notOk(isError, 'an empty line is no mistake');
});

await t.test('what is no message gets an error and the conversation goes on', async (t) => {
  const wire = await connect();
  wire.raw('not json\n{"a":\n');
  for (let time = 0; time < 2; time++)
    t.match(await wire.inbox.next(), { id: null, error: { code: -32_700 } });
  wire.raw('[]\n7\n"text"\nnull\n{}\n{"jsonrpc":"1.0","id":1,"method":"ping"}\n');
  for (let time = 0; time < 6; time++) {
    const { error } = await wire.inbox.next();
    t.match(error, { code: -32_600 });
  }
  t.match(await wire.modern(1, 'tools/call', { name: 'old__echo' }), { result: {} });
});

await t.test('a line over 4 MiB: an error, the end, and nothing that follows is done', async (t) => {
  const wire = await connect();
  const piece = 'x'.repeat(1_048_576);
  for (let sent = 0; sent < 6; sent++) wire.raw(piece);
  const params = modernParams({ name: 'old__echo', arguments: { word: 'after-the-flood' } });
  wire.raw(`\n${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`);
  t.match(await wire.inbox.next(), { id: null, error: { code: -32_600, message: /too large/ } });
  await wire.ended;
  t.equal(wire.inbox.all.length, 1);
  t.notMatch(JSON.stringify(await stage.journal('old')), 'after-the-flood');
});

await t.test('a connection that breaks in the middle of a call cancels the run', async (t) => {
  for (const era of ['modern', 'legacy']) {
    for (const plugin of plugins) {
      const wire = await connect();
      const params = { name: `${plugin}__hold`, arguments: { until: 'never' } };
      if (era === 'legacy') await wire.initialize();
      wire.send({ id: 1, method: 'tools/call', params: era === 'legacy' ? params : modernParams(params) });
      await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
      wire.reset();
      await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
      t.pass(`${era} client, ${plugin} plugin`);
    }
  }
});

await t.test('a client that ends its side has gone: its silent call is canceled', async (t) => {
  for (const era of ['modern', 'legacy']) {
    const wire = await connect();
    const params = { name: 'old__hold', arguments: { until: 'never' } };
    if (era === 'legacy') await wire.initialize();
    wire.send({ id: 1, method: 'tools/call', params: era === 'legacy' ? params : modernParams(params) });
    await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
    wire.end();
    await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
    await wire.ended;
    t.notOk(
      wire.inbox.all.some(({ id }) => id === 1),
      era,
    );
  }
});

await t.test('what was answered before the client ended its side still arrives', async (t) => {
  const wire = await connect();
  const big = 'x'.repeat(2_000_000);
  wire.send({ id: 1, method: 'tools/call', params: modernParams({ name: 'old__echo', arguments: { big } }) });
  wire.socket.pause();
  await eventually(async () => (await stage.runs())[0]?.state === 'SUCCEEDED');
  wire.end();
  wire.socket.resume();
  t.match(await wire.inbox.answer(1), { result: { content: [{}] } });
  await wire.ended;
});

await t.test('notifications/cancelled ends a call without an answer', async (t) => {
  for (const era of ['modern', 'legacy']) {
    const wire = await connect();
    const params = { name: 'old__hold', arguments: { until: 'never' } };
    if (era === 'legacy') await wire.initialize();
    wire.send({ id: 'c', method: 'tools/call', params: era === 'legacy' ? params : modernParams(params) });
    await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
    wire.send({ method: 'notifications/cancelled', params: { requestId: 'c', reason: 'changed my mind' } });
    await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
    const ping = era === 'legacy' ? await wire.legacy(2, 'ping') : await wire.modern(2, 'server/discover');
    t.match(ping, { result: {} });
    t.notOk(
      wire.inbox.all.some(({ id }) => id === 'c'),
      era,
    );
  }
});

await t.test('a second request with the id of one in flight is refused, and the first goes on', async (t) => {
  for (const era of ['modern', 'legacy']) {
    const wire = await connect();
    const send = (name: string, args: JsonObject): void => {
      const params = { name, arguments: args };
      wire.send({ id: 'x', method: 'tools/call', params: era === 'legacy' ? params : modernParams(params) });
    };
    if (era === 'legacy') await wire.initialize();
    send('old__hold', { until: `twice-${era}` });
    await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
    send('old__echo', {});
    t.match(await wire.inbox.next(({ error }) => error !== undefined), {
      id: null,
      error: { code: -32_600, message: 'Invalid Request: the request with id "x" is not answered yet' },
    });
    stage.release(`twice-${era}`);
    t.match(await wire.inbox.answer('x'), { result: { content: [{ text: `twice-${era}` }] } });
  }
});

await t.test('both clients see the same kernel, each only its own answers', async (t) => {
  const wires = await Promise.all(Array.from({ length: 5 }, connect));
  const answers = await Promise.all(
    wires.flatMap((wire, n) =>
      Array.from({ length: 20 }, (_, id) =>
        wire.modern(id, 'tools/call', { name: 'old__echo', arguments: { n, id } }),
      ),
    ),
  );
  t.same(
    answers.map(({ result }) => isJsonObject(result) && JSON.stringify(result['content'])),
    wires.flatMap((_wire, n) =>
      Array.from({ length: 20 }, (_, id) =>
        JSON.stringify([{ type: 'text', text: JSON.stringify({ n, id }) }]),
      ),
    ),
  );
});

await t.test('a client that initializes again has left its calls and subscriptions behind', async (t) => {
  const wire = await connect();
  await wire.initialize();
  t.match(await wire.legacy(1, 'resources/subscribe', { uri: 'fixture://old/static' }), { result: {} });
  wire.send({ id: 2, method: 'tools/call', params: { name: 'old__hold', arguments: { until: 'never' } } });
  await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
  await wire.initialize();
  await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
  await eventually(async () => JSON.stringify(await stage.journal('old')).includes('resources/unsubscribe'));
  t.match(await wire.legacy(3, 'tools/call', { name: 'old__echo' }), { result: {} });
});

await t.test('a stream that is over before it is attached ends at once', async (t) => {
  const edge = new McpEdge(stage.kernel);
  const stream = new PassThrough();
  stream.destroy();
  await new Promise((resolve) => stream.once('close', resolve));
  await t.resolves(edge.attach(stream));
  await edge.close();
});

await t.test(
  'an upgrade without token, from a foreign page, or of another protocol is refused',
  async (t) => {
    await t.rejects(StdioWire.open({ ...stage, token: 'wrong' }), { message: 'refused with 401' });
    await t.rejects(StdioWire.open({ ...stage, token: '' }), { message: 'refused with 401' });
  },
);
