import t from 'tap';
import { isJsonObject, type JsonObject } from '../../../runtime/contract/plugins.ts';
import { eventually, openEdge } from '../../fixtures/edge-stage.ts';
import { Exchange, LegacySession } from '../../fixtures/mcp-http.ts';
import { legacyVersion } from '../../fixtures/wire.ts';

const stage = await openEdge(t, { old: {}, new: { env: { ERA: 'modern' } } });
const plugins = ['old', 'new'];
const elicit = {
  method: 'elicitation/create',
  params: { mode: 'form', message: 'Name?', requestedSchema: {} },
};

await t.test('initialize opens a session with an id, and says what is served', async (t) => {
  const params = {
    protocolVersion: legacyVersion,
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  };
  const opening = new Exchange(
    stage,
    JSON.stringify({ jsonrpc: '2.0', id: 'i', method: 'initialize', params }),
  );
  t.equal(await opening.status(), 200);
  t.match((await opening.headers())['mcp-session-id'], /^[\x21-\x7e]{20,}$/);
  t.match(await opening.answer('i'), {
    result: {
      protocolVersion: legacyVersion,
      serverInfo: { name: 'nexus' },
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        completions: {},
        logging: {},
      },
    },
  });
});

await t.test('a session that is not known, not named, or over', async (t) => {
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
  for (const body of [ping, list]) {
    const unknown = new Exchange(stage, body, { headers: { 'mcp-session-id': 'nothing' } });
    t.equal(await unknown.status(), 404);
    t.match(await unknown.text(), 'Session not found');
    t.equal(await new Exchange(stage, body).status(), 400, 'no session named');
  }
  const session = await LegacySession.open(stage);
  const stream = await session.stream();
  t.match(await session.ask('ping'), { result: {} });
  t.equal(await session.end(), 200);
  await stream.text();
  t.equal(await session.request('ping').status(), 404);
  t.equal(await session.request('tools/list').status(), 404);
  t.equal(await session.end(), 404, 'it is over once only');
});

await t.test('a call without notifications is a JSON body, with them an event stream', async (t) => {
  const session = await LegacySession.open(stage);
  for (const plugin of plugins) {
    const plain = session.call(`${plugin}__echo`, { a: 1 });
    t.match((await plain.headers())['content-type'], /^application\/json/);
    t.strictSame(
      (await plain.answer(plain.id))['result'],
      { content: [{ type: 'text', text: '{"a":1}' }] },
      'no word of 2026-07-28',
    );
    const told = session.call(`${plugin}__progress`, { count: 2 }, { progressToken: 7 });
    t.match(await told.headers(), { 'content-type': /^text\/event-stream/ });
    await told.text();
    t.match(told.inbox.all, [
      { method: 'notifications/progress', params: { progressToken: 7, progress: 1, 'x-unknown': true } },
      { method: 'notifications/progress', params: { progressToken: 7, progress: 2 } },
      { id: told.id, result: { content: [{ text: 'done' }] } },
    ]);
  }
});

await t.test(
  'unknown fields pass; what is no object in structured content is wrapped, in result and schema alike',
  async (t) => {
    const session = await LegacySession.open(stage);
    for (const plugin of plugins) {
      const { result } = await session.ask('tools/call', { name: `${plugin}__odd` });
      t.match(result, {
        structuredContent: { result: [1, 'two', null] },
        'x-unknown': { nested: { deep: '\u2028 ünïcode' } },
        _meta: { 'example.org/unknown': [true] },
      });
      t.match(JSON.stringify(result), '"type":"hologram","depth":3');
      t.match(JSON.stringify(result), '"audience":["user"],"priority":0.3,"x-unknown":1');
      for (const value of ['text', 7, null, true]) {
        const answer = await session.ask('tools/call', {
          name: `${plugin}__structured`,
          arguments: { value },
        });
        t.match(answer, { result: { structuredContent: { result: value } } }, JSON.stringify(value));
      }
      const object = await session.ask('tools/call', {
        name: `${plugin}__structured`,
        arguments: { value: { a: 1 } },
      });
      t.strictSame(isJsonObject(object['result']) && object['result']['structuredContent'], { a: 1 });
    }
    const { result: listed } = await session.ask('tools/list');
    const tools =
      isJsonObject(listed) && Array.isArray(listed['tools']) ? listed['tools'].filter(isJsonObject) : [];
    t.match(
      tools.find(({ name }) => name === 'old__odd'),
      { outputSchema: { type: 'object', properties: { result: { type: 'array' } }, required: ['result'] } },
    );
    t.notOk(isJsonObject(listed) && ('resultType' in listed || 'ttlMs' in listed));
  },
);

await t.test('logs come from the level on that the client sets', async (t) => {
  const session = await LegacySession.open(stage);
  const said = async (level: string): Promise<number> => {
    const call = session.call('old__say', { level, data: 'x' });
    await call.text();
    return call.inbox.all.length - 1;
  };
  t.same([await said('debug'), await said('error')], [1, 1]);
  t.match(await session.ask('logging/setLevel', { level: 'warning' }), { result: {} });
  t.same([await said('info'), await said('warning'), await said('alert')], [0, 1, 1]);
  t.match(await session.ask('logging/setLevel', { level: 'loud' }), { error: { code: -32_602 } });
});

await t.test(
  'notifications/cancelled ends the call: no answer, on record, and the plugin is told',
  async (t) => {
    const session = await LegacySession.open(stage);
    for (const plugin of plugins) {
      const call = session.call(`${plugin}__hold`, { until: 'never' });
      await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
      const params = { requestId: call.id, reason: 'changed my mind' };
      t.equal(await session.tell({ method: 'notifications/cancelled', params }), 202);
      await call.text();
      t.same(call.inbox.all, []);
      t.match((await stage.runs())[0], { state: 'UNKNOWN', error: /changed my mind.*not known/ });
      const journal = await stage.journal(plugin);
      t.ok(journal.some(({ method }) => method === 'notifications/cancelled'));
    }
    t.equal(await session.tell({ method: 'notifications/cancelled', params: { requestId: 12_345 } }), 202);
  },
);

await t.test('a second request with the id of one in flight is refused, and the first goes on', async (t) => {
  const session = await LegacySession.open(stage);
  const held = session.call('old__hold', { until: 'twice' });
  await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
  const count = (await stage.runs()).length;
  const params = { name: 'old__echo', arguments: {} };
  const second = session.send({ id: held.id, method: 'tools/call', params });
  t.equal(await second.status(), 400);
  t.match(JSON.parse(await second.text()), {
    id: null,
    error: { code: -32_600, message: `Invalid Request: the request with id ${held.id} is not answered yet` },
  });
  t.equal((await stage.runs()).length, count, 'it was not run');
  stage.release('twice');
  t.match(await held.answer(held.id), { result: { content: [{ text: 'twice' }] } });
  t.match(await session.ask('ping'), { result: {} });
});

await t.test('a broken connection is no cancellation in this era; the end of the session is', async (t) => {
  const session = await LegacySession.open(stage);
  const call = session.call('old__hold', { until: 'never-2' });
  await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
  call.destroy();
  t.match(await session.ask('ping'), { result: {} });
  t.equal((await stage.runs())[0]?.state, 'RUNNING');
  await session.end();
  await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
  // Its canceled calls would leave in doubt whose the questions of the next tests are.
  await stage.kernel.host.restart('old');
});

await t.test(
  'a question goes out on the stream of its call and only its own session can answer it',
  async (t) => {
    const session = await LegacySession.open(stage, { elicitation: {} });
    const stranger = await LegacySession.open(stage, { elicitation: {} });
    for (const plugin of plugins) {
      const call = session.call(`${plugin}__ask`, { requests: [elicit] });
      const question = await call.inbox.method('elicitation/create');
      t.match(question, { params: elicit.params });
      const answer = (name: string): JsonObject => ({
        id: question['id'],
        result: { action: 'accept', content: { name } },
      });
      t.equal(await stranger.tell(answer('Mallory')), 202);
      t.equal(await session.tell(answer('Ada')), 202);
      t.equal(await session.tell(answer('Eve')), 202, 'a second answer is ignored');
      const { result } = await call.answer(call.id);
      t.match(JSON.stringify(result), 'Ada');
      t.notMatch(JSON.stringify(result), /Mallory|Eve/);
    }
  },
);

await t.test(
  'a question the client cannot answer is refused to the plugin, not put to the client',
  async (t) => {
    const session = await LegacySession.open(stage);
    const call = session.call('old__ask', { requests: [elicit] });
    const { result } = await call.answer(call.id);
    t.match(JSON.stringify(result), '-32021');
    t.equal(call.inbox.all.length, 1);
  },
);

await t.test('a question of one plugin with calls of two sessions in flight is refused', async (t) => {
  const [first, second] = [
    await LegacySession.open(stage, { elicitation: {} }),
    await LegacySession.open(stage, { elicitation: {} }),
  ];
  const held = first.call('old__hold', { until: 'go' });
  await eventually(async () => (await stage.runs())[0]?.state === 'RUNNING');
  const asking = second.call('old__ask', { requests: [elicit] });
  const { result } = await asking.answer(asking.id);
  t.match(JSON.stringify(result), 'several clients');
  t.equal(asking.inbox.all.length, 1);
  stage.release('go');
  t.match(await held.answer(held.id), { result: { content: [{ text: 'go' }] } });
  t.equal(held.inbox.all.length, 1, 'the other session heard nothing of it');
});

await t.test('the thousand-and-first session ends the one that was idle longest', async (t) => {
  const oldest = await LegacySession.open(stage);
  const used = await LegacySession.open(stage);
  const params = {
    protocolVersion: legacyVersion,
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const openMany = async (count: number): Promise<void> => {
    for (let opened = 0; opened < count; opened++) await new Exchange(stage, body).text();
  };
  await openMany(500);
  t.match(await used.ask('ping'), { result: {} });
  await openMany(499);
  t.equal(await oldest.request('ping').status(), 404);
  t.match(await used.ask('ping'), { result: {} }, 'it was used since');
});
