import t from 'tap';
import { isJsonObject } from '../../runtime/contract/plugins.ts';
import { openConnection } from '../fixtures/open-connection.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';

const signal = new AbortController().signal;
const elicit = { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } };
const accepted = { action: 'accept', content: { name: 'Ada' } };

await t.test('what a canceled call still asks is shown to no other client', async (t) => {
  const clock = { at: 0, now: () => clock.at };
  const { side, connection } = await openConnection('legacy', clock);
  const [gone, other] = [new PlayedClient('gone'), new PlayedClient('other')];
  const stop = new AbortController();
  const options = { channel: gone.channel, signal: stop.signal, timeoutMs: 100_000 };
  const canceled = connection.call('tools/call', { name: 'x' }, options);
  const rejected = t.rejects(canceled, { message: 'the user left' });
  const left = await side.inbox.method('tools/call');
  stop.abort(new Error('the user left'));
  await rejected;

  const call = connection.call('tools/call', { name: 'y' }, { channel: other.channel, signal });
  const sent = await side.inbox.method('tools/call');
  side.send({ id: 'late', method: 'elicitation/create', params: elicit });
  t.match(await side.inbox.answer('late'), { error: { code: -32_603, message: /canceled call of another/ } });
  side.send({ method: 'notifications/message', params: { level: 'info', data: "the canceled call's" } });
  await turn();
  t.same([other.asked, other.logs], [[], []]);

  side.answer(left, {});
  side.send({ id: 'q-2', method: 'elicitation/create', params: elicit });
  (await other.question()).answer({ request: accepted });
  t.match(await side.inbox.answer('q-2'), { result: accepted }, 'once it is answered there is no doubt');
  side.answer(sent, {});
  await call;
});

await t.test('a canceled call counts for as long as its manifest lets one run', async (t) => {
  const clock = { at: 0, now: () => clock.at };
  const { side, connection } = await openConnection('legacy', clock);
  const [gone, other] = [new PlayedClient('gone'), new PlayedClient('other')];
  const stop = new AbortController();
  const options = { channel: gone.channel, signal: stop.signal, timeoutMs: 100_000 };
  const rejected = t.rejects(connection.call('tools/call', { name: 'x' }, options));
  await side.inbox.method('tools/call');
  side.send({ id: 'own', method: 'roots/list' });
  await gone.question();
  stop.abort(new Error('the user left'));
  await rejected;
  const call = connection.call('tools/call', { name: 'y' }, { channel: other.channel, signal });
  const sent = await side.inbox.method('tools/call');
  clock.at = 99_999;
  side.send({ id: 'q-1', method: 'roots/list' });
  t.match(await side.inbox.answer('q-1'), { error: { code: -32_603 } });
  clock.at = 100_000;
  side.send({ id: 'q-2', method: 'roots/list' });
  (await other.question()).answer({ request: { roots: [] } });
  t.match(await side.inbox.answer('q-2'), { result: { roots: [] } });
  side.answer(sent, {});
  await call;
});

await t.test('a client that cancels may be asked for its next call', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const client = new PlayedClient('a');
  const stop = new AbortController();
  const options = { channel: client.channel, signal: stop.signal };
  const rejected = t.rejects(connection.call('tools/call', { name: 'x' }, options));
  await side.inbox.method('tools/call');
  stop.abort(new Error('never mind'));
  await rejected;
  side.send({ id: 'none', method: 'elicitation/create', params: elicit });
  t.match(await side.inbox.answer('none'), { error: { message: /no call is in flight/ } });
  const call = connection.call('tools/call', { name: 'y' }, { channel: client.channel, signal });
  const sent = await side.inbox.method('tools/call');
  side.send({ id: 'q', method: 'elicitation/create', params: elicit });
  (await client.question()).answer({ request: accepted });
  t.match(await side.inbox.answer('q'), { result: accepted });
  side.answer(sent, {});
  await call;
});

await t.test('more canceled calls than are remembered: then every question is in doubt', async (t) => {
  const clock = { at: 0, now: () => clock.at };
  const { side, connection } = await openConnection('legacy', clock);
  const stop = new AbortController();
  const canceled = Array.from({ length: 1_001 }, (_, n) => {
    const channel = readyClient(n === 0 ? 'first' : 'many', {});
    return connection.call('tools/call', { name: 'x' }, { channel, signal: stop.signal });
  });
  const ended = Promise.allSettled(canceled);
  await side.inbox.method('tools/call');
  stop.abort(new Error('never mind'));
  await ended;
  const client = new PlayedClient('many');
  const call = connection.call('tools/call', { name: 'y' }, { channel: client.channel, signal });
  const sent = await side.inbox.next(({ params }) => isJsonObject(params) && params['name'] === 'y');
  side.send({ id: 'q', method: 'roots/list' });
  t.match(await side.inbox.answer('q'), { error: { code: -32_603 } });
  t.same(client.asked, [], 'it may be a question of the first one');
  side.answer(sent, {});
  await call;
});
