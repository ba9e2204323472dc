import t from 'tap';
import { RpcError } from '../../runtime/base/rpc-error.ts';
import { openConnection } from '../fixtures/open-connection.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';

const signal = new AbortController().signal;
const elicit = { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } };
const accepted = { action: 'accept', content: { name: 'Ada' } };

await t.test('rounds of input: keys, answers and state go back and forth', async (t) => {
  const { side, connection } = await openConnection('modern');
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'x' }, { channel: client.channel, signal });
  const requests = {
    first: { method: 'elicitation/create', params: elicit, 'x-unknown': 1 },
    second: { method: 'roots/list' },
  };
  side.answer(await side.inbox.method('tools/call'), {
    resultType: 'input_required',
    inputRequests: requests,
    requestState: 'opaque-1',
  });
  const question = await client.question();
  t.same(question.requests, {
    first: { method: 'elicitation/create', params: elicit },
    second: { method: 'roots/list' },
  });
  question.answer({ first: accepted, second: { roots: [] } });
  const second = await side.inbox.method('tools/call');
  t.match(second['params'], {
    name: 'x',
    inputResponses: { first: accepted, second: { roots: [] } },
    requestState: 'opaque-1',
  });
  side.answer(second, { resultType: 'input_required', inputRequests: {} });
  (await client.question()).answer({});
  const third = await side.inbox.method('tools/call');
  t.match(third['params'], { inputResponses: {} });
  t.notHas(third['params'], { requestState: 'opaque-1' }, 'a state counts for one round only');
  side.answer(third, { resultType: 'complete', content: [] });
  t.match(await call, { content: [] });
});

await t.test('a plugin that asks on and on is cut off after 16 rounds', async (t) => {
  const { side, connection } = await openConnection('modern');
  let rounds = 0;
  side.stdin.on('data', () => {
    const sent = side.inbox.all.at(-1);
    if (sent?.['method'] !== 'tools/call') return;
    rounds++;
    side.answer(sent, { resultType: 'input_required', inputRequests: { q: { method: 'roots/list' } } });
  });
  const call = connection.call('tools/call', { name: 'x' }, { channel: readyClient('a', {}), signal });
  await t.rejects(call, { code: -32_603, message: /"played" asked for input more than 16 times/ });
  t.equal(rounds, 16);
});

await t.test("an input request without a method is the plugin's mistake", async (t) => {
  const { side, connection } = await openConnection('modern');
  const call = connection.call('tools/call', { name: 'x' }, { channel: readyClient('a', {}), signal });
  const rejected = t.rejects(call, { code: -32_603, message: /"broken" has no method/ });
  side.answer(await side.inbox.method('tools/call'), {
    resultType: 'input_required',
    inputRequests: { broken: { params: {} } },
  });
  await rejected;
});

await t.test('a pushed question reaches the client of the call and its answer the plugin', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'x' }, { channel: client.channel, signal });
  const sent = await side.inbox.method('tools/call');
  side.send({ id: 'q-1', method: 'elicitation/create', params: elicit });
  const question = await client.question();
  t.same(question.requests, { request: { method: 'elicitation/create', params: elicit } });
  question.answer({ request: accepted });
  t.match(await side.inbox.answer('q-1'), { result: accepted });

  side.send({ id: 'q-2', method: 'sampling/createMessage', params: { messages: [] } });
  (await client.question()).refuse(new RpcError(-32_021, 'no sampling', { requiredCapabilities: {} }));
  t.match(await side.inbox.answer('q-2'), { error: { code: -32_021, message: 'no sampling' } });

  side.send({ id: 'q-3', method: 'roots/list' });
  (await client.question()).answer({ other: {} });
  t.match(await side.inbox.answer('q-3'), {
    error: { code: -32_603, message: /did not answer "roots\/list"/ },
  });
  side.answer(sent, { content: [] });
  t.same(await call, { content: [] });
});

await t.test('requests outside any call', async (t) => {
  const { side } = await openConnection('legacy');
  side.send({ id: 'r', method: 'roots/list' });
  t.match(await side.inbox.answer('r'), { result: { roots: [] } });
  side.send({ id: 'p', method: 'ping' });
  t.match(await side.inbox.answer('p'), { result: {} });
  side.send({ id: 'e', method: 'elicitation/create', params: elicit });
  t.match(await side.inbox.answer('e'), { error: { code: -32_603, message: /no call is in flight/ } });
  side.send({ id: 'u', method: 'tasks/list' });
  t.match(await side.inbox.answer('u'), {
    error: { code: -32_601, message: /does not serve "tasks\/list"/ },
  });
});

await t.test('two clients in flight: a pushed question is refused, never guessed', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const clients = [new PlayedClient('a'), new PlayedClient('b')];
  const calls = clients.map(({ channel }) =>
    connection.call('tools/call', { name: 'x' }, { channel, signal }),
  );
  const first = await side.inbox.method('tools/call');
  const second = await side.inbox.method('tools/call');
  side.send({ id: 'q', method: 'elicitation/create', params: elicit }, { id: 'r', method: 'roots/list' });
  for (const id of ['q', 'r']) {
    t.match(await side.inbox.answer(id), {
      error: {
        code: -32_603,
        message: /several clients .* limits\.concurrency to 1 in the manifest of "played"/,
      },
    });
  }
  t.same([clients[0]?.asked, clients[1]?.asked], [[], []], 'neither client heard of it');
  side.answer(first, { done: 1 });
  t.same(await calls[0], { done: 1 });
  side.send({ id: 'q2', method: 'elicitation/create', params: elicit });
  (await clients[1]?.question())?.answer({ request: accepted });
  t.match(await side.inbox.answer('q2'), { result: accepted }, 'with one client left there is no doubt');
  side.answer(second, {});
  await calls[1];
});

await t.test(
  'a call that waits for its own client is not asked for the running one of another',
  async (t) => {
    const { side, connection } = await openConnection('legacy');
    const [silent, lively] = [new PlayedClient('silent'), new PlayedClient('lively')];
    const parked = connection.call('tools/call', { name: 'parked' }, { channel: silent.channel, signal });
    await side.inbox.method('tools/call');
    side.send({ id: 'q-1', method: 'elicitation/create', params: elicit });
    await silent.question();

    const running = connection.call('tools/call', { name: 'running' }, { channel: lively.channel, signal });
    const sent = await side.inbox.method('tools/call');
    side.send({ id: 'q-2', method: 'elicitation/create', params: elicit });
    (await lively.question()).answer({ request: accepted });
    t.match(await side.inbox.answer('q-2'), { result: accepted });
    side.answer(sent, { done: true });
    t.same(await running, { done: true }, 'the abandoned call holds nobody up');
    t.equal(silent.asked.length, 1);

    // Several questions at once of one call: they are all for its client.
    side.send({ id: 'q-3', method: 'elicitation/create', params: elicit });
    t.match((await silent.question()).requests, { request: { method: 'elicitation/create' } });
    parked.catch(() => {});
  },
);
