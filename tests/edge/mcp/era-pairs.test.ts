import t from 'tap';
import { isJsonObject, type JsonObject } from '../../../runtime/contract/plugins.ts';
import { openEdge } from '../../fixtures/edge-stage.ts';
import { callModern, LegacySession, sendModern, type ModernOptions } from '../../fixtures/mcp-http.ts';
import { StdioWire } from '../../fixtures/stdio-wire.ts';

const stage = await openEdge(t, { legacy: {}, modern: { env: { ERA: 'modern' } } });
const capabilities = { elicitation: {}, sampling: {}, roots: {} };

/** One question of each kind, and what a client answers to it. */
const questions = {
  elicitation: {
    request: {
      method: 'elicitation/create',
      params: { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } },
    },
    answer: { action: 'accept', content: { name: 'Ada' } },
  },
  sampling: {
    request: { method: 'sampling/createMessage', params: { messages: [], maxTokens: 5, 'x-unknown': 1 } },
    answer: { role: 'assistant', model: 'm', content: { type: 'text', text: 'Forty-two' }, 'x-unknown': [1] },
  },
  roots: {
    request: { method: 'roots/list' },
    answer: { roots: [{ uri: 'file:///a', name: 'a' }] },
  },
};

function resultOf(answer: JsonObject): JsonObject {
  return isJsonObject(answer['result']) ? answer['result'] : {};
}

/** The questions of an `input_required` result, by key. */
function asked(result: JsonObject): JsonObject {
  return isJsonObject(result['inputRequests']) ? result['inputRequests'] : {};
}

/** Both ways a 2026-07-28 client can call a tool; each answers with the result. */
type ModernCall = (name: string, args: JsonObject, more: JsonObject) => Promise<JsonObject>;
const options: ModernOptions = { capabilities };
const overHttp: ModernCall = async (name, args, more) =>
  resultOf(await sendModern(stage, 'tools/call', { name, arguments: args, ...more }, options).answer());
async function overStdio(): Promise<ModernCall> {
  const wire = await StdioWire.open(stage);
  t.teardown(() => wire.socket.destroy());
  let id = 0;
  return async (name, args, more) =>
    resultOf(await wire.modern(++id, 'tools/call', { name, arguments: args, ...more }, options));
}

for (const [way, connect] of [
  ['HTTP', () => Promise.resolve(overHttp)],
  ['stdio', overStdio],
] as const) {
  for (const plugin of ['legacy', 'modern']) {
    await t.test(`modern client over ${way}, ${plugin} plugin`, async (t) => {
      const call = await connect();
      for (const [kind, { request, answer }] of Object.entries(questions)) {
        const args = { requests: [request] };
        const first = await call(`${plugin}__ask`, args, {});
        t.equal(first['resultType'], 'input_required', kind);
        const [key = '', question] = Object.entries(asked(first))[0] ?? [];
        t.strictSame(
          { params: {}, ...Object(question) },
          { params: {}, ...request },
          'it comes as it was asked',
        );
        t.type(first['requestState'], 'string');
        const retry = { inputResponses: { [key]: answer }, requestState: first['requestState'] };
        const last = await call(`${plugin}__ask`, args, retry);
        t.match(last, { resultType: 'complete' });
        const told = JSON.stringify(last).replaceAll('\\"', '"');
        t.match(told, JSON.stringify(answer), `the answer reaches the plugin as it was given`);
      }
    });

    await t.test(`modern client over ${way}, ${plugin} plugin that asks three things`, async (t) => {
      const call = await connect();
      const args = { requests: Object.values(questions).map(({ request }) => request) };
      let result = await call(`${plugin}__ask`, args, {});
      let rounds = 0;
      while (result['resultType'] === 'input_required' && rounds < 5) {
        rounds++;
        const inputResponses: JsonObject = {};
        for (const [key, question] of Object.entries(asked(result))) {
          const kind = Object.values(questions).find(
            ({ request }) => isJsonObject(question) && request.method === question['method'],
          );
          inputResponses[key] = kind?.answer;
        }
        result = await call(`${plugin}__ask`, args, { inputResponses, requestState: result['requestState'] });
      }
      t.equal(rounds, plugin === 'modern' ? 1 : 3, 'a legacy plugin pushes one by one');
      for (const word of ['Ada', 'Forty-two', 'file:///a']) t.match(JSON.stringify(result), word);
    });
  }
}

for (const plugin of ['legacy', 'modern']) {
  await t.test(`legacy client over HTTP, ${plugin} plugin`, async (t) => {
    const session = await LegacySession.open(stage, capabilities);
    for (const [kind, { request, answer }] of Object.entries(questions)) {
      const call = session.call(`${plugin}__ask`, { requests: [request] });
      const pushed = await call.inbox.method(request.method);
      t.strictSame(pushed['params'] ?? {}, 'params' in request ? request.params : {}, kind);
      t.equal(await session.tell({ id: pushed['id'], result: answer }), 202);
      const told = JSON.stringify(await call.answer(call.id)).replaceAll('\\"', '"');
      t.match(told, JSON.stringify(answer));
    }
    const failing = session.call(`${plugin}__ask`, { requests: [questions.elicitation.request] });
    const pushed = await failing.inbox.method('elicitation/create');
    await session.tell({
      id: pushed['id'],
      error: { code: -32_042, message: 'the user is away', data: { a: 1 } },
    });
    t.match(JSON.stringify(await failing.answer(failing.id)), 'the user is away');
  });

  await t.test(`legacy client over stdio, ${plugin} plugin, three things at once`, async (t) => {
    const wire = await StdioWire.open(stage);
    t.teardown(() => wire.socket.destroy());
    await wire.initialize(capabilities);
    const requests = Object.values(questions).map(({ request }) => request);
    wire.send({
      id: 'call',
      method: 'tools/call',
      params: { name: `${plugin}__ask`, arguments: { requests } },
    });
    for (let time = 0; time < 3; time++) {
      const pushed = await wire.inbox.next(({ method, id }) => method !== undefined && id !== undefined);
      const kind = Object.values(questions).find(({ request }) => request.method === pushed['method']);
      wire.send({ id: pushed['id'], result: kind?.answer });
    }
    const answer = await wire.inbox.answer('call');
    for (const word of ['Ada', 'Forty-two', 'file:///a']) t.match(JSON.stringify(answer), word);
  });
}

await t.test(
  'a client that declares nothing: -32021 names the capability, the plugin is told the same',
  async (t) => {
    for (const [kind, { request }] of Object.entries(questions)) {
      for (const plugin of ['legacy', 'modern']) {
        const call = callModern(stage, `${plugin}__ask`, { requests: [request] });
        const answer = await call.answer();
        if (plugin === 'modern') {
          t.match(answer, { error: { code: -32_021, data: { requiredCapabilities: { [kind]: {} } } } });
          t.equal(await call.status(), 400);
        } else t.match(JSON.stringify(answer), '-32021');
      }
    }
  },
);

await t.test('a plugin that asks on and on is cut off, whatever its era', async (t) => {
  const request = { method: 'roots/list' };
  let result = await overHttp('modern__keep_asking', { request }, {});
  for (let round = 1; round < 16; round++) {
    t.equal(result['resultType'], 'input_required');
    const retry = { inputResponses: { q1: { roots: [] } }, requestState: result['requestState'] };
    result = await overHttp('modern__keep_asking', { request }, retry);
  }
  t.equal(result['resultType'], 'input_required');
  const last = { inputResponses: { q1: { roots: [] } }, requestState: result['requestState'] };
  const answer = await sendModern(
    stage,
    'tools/call',
    { name: 'modern__keep_asking', arguments: { request }, ...last },
    options,
  ).answer();
  t.match(answer, { error: { message: /more than 16 times/ } });
});
