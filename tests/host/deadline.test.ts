import { mock } from 'node:test';
import t from 'tap';
import { openConnection } from '../fixtures/open-connection.ts';
import { PlayedClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';

const timeoutMs = 1_000;
const hourMs = 3_600_000;
const signal = new AbortController().signal;

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
t.afterEach(() => mock.timers.reset());

/** Timers of this process that have not fired. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

async function tick(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await turn();
}

await t.test('a call that is not answered in time is given up and the plugin told', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const call = connection.call(
    'tools/call',
    { name: 'slow' },
    { channel: client.channel, signal, timeoutMs },
  );
  const rejected = t.rejects(call, {
    code: 'RUN_TIMED_OUT',
    data: { tool: 'slow', plugin: 'played', timeoutMs },
  });
  const sent = await side.inbox.method('tools/call');
  await tick(timeoutMs - 1);
  t.equal(side.inbox.all.at(-1), sent);
  await tick(1);
  await rejected;
  t.match(await side.inbox.method('notifications/cancelled'), { params: { requestId: sent['id'] } });
});

await t.test('a request that is no tool call is named by its method', async (t) => {
  const { connection } = await openConnection('legacy');
  const { channel } = new PlayedClient('a');
  const call = connection.call('resources/read', { uri: 'a:b' }, { channel, signal, timeoutMs });
  const rejected = t.rejects(call, { code: 'RUN_TIMED_OUT', data: { tool: 'resources/read' } });
  await tick(timeoutMs);
  await rejected;
});

await t.test('without a deadline a call may take a year', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const { channel } = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'slow' }, { channel, signal });
  const sent = await side.inbox.method('tools/call');
  await tick(365 * 24 * hourMs);
  side.answer(sent, { done: true });
  t.same(await call, { done: true });
});

await t.test('the time the client takes does not count, the time before and after it does', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'ask' }, { channel: client.channel, signal, timeoutMs });
  const rejected = t.rejects(call, { code: 'RUN_TIMED_OUT' });
  await side.inbox.method('tools/call');
  await tick(600);
  side.send({ id: 'q', method: 'roots/list' });
  const question = await client.question();
  await tick(hourMs);
  question.answer({ request: {} });
  await side.inbox.answer('q');
  await tick(399);
  t.equal(side.inbox.all.filter(({ method }) => method === 'notifications/cancelled').length, 0);
  await tick(1);
  await rejected;
});

await t.test('a plugin cannot put its deadline off by asking again and again', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'ask' }, { channel: client.channel, signal, timeoutMs });
  const rejected = t.rejects(call, { code: 'RUN_TIMED_OUT' });
  await side.inbox.method('tools/call');
  for (const id of ['q-1', 'q-2']) {
    await tick(450);
    side.send({ id, method: 'roots/list' });
    (await client.question()).answer({ request: {} });
    await side.inbox.answer(id);
  }
  await tick(100);
  await rejected;
});

await t.test('of two questions at once the second one stops the clock as well', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'ask' }, { channel: client.channel, signal, timeoutMs });
  const sent = await side.inbox.method('tools/call');
  side.send({ id: 'q-1', method: 'roots/list' }, { id: 'q-2', method: 'roots/list' });
  const [first, second] = [await client.question(), await client.question()];
  first.answer({ request: {} });
  await side.inbox.answer('q-1');
  await tick(hourMs);
  second.answer({ request: {} });
  await side.inbox.answer('q-2');
  side.answer(sent, { done: true });
  t.same(await call, { done: true });
});

await t.test('rounds of a modern plugin share one deadline', async (t) => {
  const { side, connection } = await openConnection('modern');
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'ask' }, { channel: client.channel, signal, timeoutMs });
  const rejected = t.rejects(call, { code: 'RUN_TIMED_OUT' });
  for (let round = 0; round < 2; round++) {
    const sent = await side.inbox.method('tools/call');
    await tick(450);
    side.answer(sent, { resultType: 'input_required', inputRequests: { q: { method: 'roots/list' } } });
    const question = await client.question();
    await tick(hourMs);
    question.answer({ q: {} });
  }
  await side.inbox.method('tools/call');
  await tick(100);
  await rejected;
});

await t.test('a call that ended while its client was asked leaves no timer behind', async (t) => {
  mock.timers.reset();
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const before = timers();
  const options = { channel: client.channel, signal, timeoutMs: hourMs };
  const call = connection.call('tools/call', { name: 'ask' }, options);
  const sent = await side.inbox.method('tools/call');
  side.send({ id: 'q', method: 'roots/list' });
  const question = await client.question();
  side.answer(sent, { done: true });
  t.same(await call, { done: true });
  question.answer({ request: { late: true } });
  t.match(await side.inbox.answer('q'), { result: { late: true } });
  t.equal(timers(), before);
});
