import t from 'tap';
import type { JsonObject } from '../../runtime/contract/plugins.ts';
import { openConnection } from '../fixtures/open-connection.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';
import { metaKeys, modernVersion } from '../fixtures/wire.ts';

const signal = new AbortController().signal;
const elicit = { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } };

function log(data: string): JsonObject {
  return { method: 'notifications/message', params: { level: 'info', data } };
}

await t.test(
  'what a modern plugin is sent: envelope of the caller, trace, log level, answers sent along',
  async (t) => {
    const { side, connection } = await openConnection('modern');
    const { channel } = new PlayedClient('a', {
      capabilities: { elicitation: { form: {} } },
      trace: { traceparent: '00-1', baggage: 'k=v' },
      logLevel: 'warning',
      offered: { early: { action: 'accept' } },
    });
    const call = connection.call('tools/call', { name: 'x', arguments: { a: 1 } }, { channel, signal });
    const sent = await side.inbox.method('tools/call');
    t.same(sent['params'], {
      name: 'x',
      arguments: { a: 1 },
      inputResponses: { early: { action: 'accept' } },
      _meta: {
        traceparent: '00-1',
        baggage: 'k=v',
        [metaKeys.version]: modernVersion,
        [metaKeys.client]: { name: 'nexus', version: '0.1.0' },
        [metaKeys.capabilities]: { elicitation: { form: {} } },
        [metaKeys.logLevel]: 'warning',
        progressToken: sent['id'],
      },
    });
    side.answer(sent, { resultType: 'complete', content: [], 'x-unknown': 1 });
    t.same(await call, { resultType: 'complete', content: [], 'x-unknown': 1 }, 'the result comes untouched');
  },
);

await t.test('what a legacy plugin is sent: trace only', async (t) => {
  const { side, connection } = await openConnection('legacy');
  const more = { trace: { tracestate: 's' }, logLevel: 'debug', offered: { early: {} } };
  const { onProgress: _silent, ...quiet } = new PlayedClient('a', more).channel;
  const call = connection.call('tools/call', { name: 'x' }, { channel: quiet, signal });
  const sent = await side.inbox.method('tools/call');
  t.same(sent['params'], { name: 'x', _meta: { tracestate: 's' } });
  side.answer(sent, { resultType: 'input_required' });
  t.same(await call, { resultType: 'input_required' }, 'a word of the other era means nothing here');
  const { trace: _none, ...plain } = quiet;
  void connection.call('tools/call', { name: 'y' }, { channel: plain, signal });
  t.same((await side.inbox.method('tools/call'))['params'], { name: 'y' });
});

await t.test(
  'cancellation reaches plugin and client, and a call canceled beforehand is not sent',
  async (t) => {
    const { side, connection } = await openConnection('legacy');
    const stop = new AbortController();
    const client = new PlayedClient('a');
    const call = connection.call(
      'tools/call',
      { name: 'x' },
      { channel: client.channel, signal: stop.signal },
    );
    const sent = await side.inbox.method('tools/call');
    side.send({ id: 'q', method: 'elicitation/create', params: elicit });
    const question = await client.question();
    stop.abort(new Error('the user left'));
    await t.rejects(call, { message: 'the user left' });
    t.match(await side.inbox.method('notifications/cancelled'), {
      params: { requestId: sent['id'], reason: 'the user left' },
    });
    t.ok(question.signal.aborted, 'the client need not answer any more');

    const before = side.inbox.all.length;
    const late = connection.call(
      'tools/call',
      { name: 'y' },
      { channel: client.channel, signal: stop.signal },
    );
    await t.rejects(late, { message: 'the user left' });
    await turn();
    t.equal(side.inbox.all.length, before);
  },
);

await t.test('a cancellation between two rounds ends the call', async (t) => {
  const { side, connection } = await openConnection('modern');
  const stop = new AbortController();
  const client = new PlayedClient('a');
  const call = connection.call('tools/call', { name: 'x' }, { channel: client.channel, signal: stop.signal });
  const rejected = t.rejects(call, { message: 'the user left' });
  side.answer(await side.inbox.method('tools/call'), { resultType: 'input_required', inputRequests: {} });
  const question = await client.question();
  stop.abort(new Error('the user left'));
  question.answer({});
  await rejected;
  t.equal(side.inbox.all.filter(({ method }) => method === 'tools/call').length, 1);
});

await t.test('a log is for the one client that can have caused it, and always for the record', async (t) => {
  const { side, connection, heard } = await openConnection('legacy');
  side.send(log('nobody calls'));
  const [a, b] = [new PlayedClient('a'), new PlayedClient('b')];
  void connection.call('tools/call', { name: 'x' }, { channel: a.channel, signal }).catch(() => {});
  const first = await side.inbox.method('tools/call');
  side.send(log('for a'));
  await turn();
  const call = connection.call('tools/call', { name: 'y' }, { channel: b.channel, signal });
  const second = await side.inbox.method('tools/call');
  side.send(log('for a or b'));
  side.answer(second, {});
  await call;
  side.send(log('for a again'));
  side.answer(first, {});
  await turn();
  t.same(
    a.logs.map(({ data }) => data),
    ['for a', 'for a again'],
  );
  t.same(b.logs, []);
  t.same(
    heard.logs.map(({ data }) => data),
    ['nobody calls', 'for a', 'for a or b', 'for a again'],
  );
});

await t.test('changes are announced with what changed; other notifications are not', async (t) => {
  const { side, heard } = await openConnection('legacy');
  side.send(
    { method: 'notifications/tools/list_changed' },
    { method: 'notifications/resources/updated', params: { uri: 'a:b', 'x-unknown': 1 } },
    { method: 'notifications/strange', params: {} },
    { method: 'notifications/prompts/list_changed', params: {} },
  );
  await turn();
  t.same(heard.changes, [
    ['notifications/tools/list_changed', {}],
    ['notifications/resources/updated', { uri: 'a:b', 'x-unknown': 1 }],
    ['notifications/prompts/list_changed', {}],
  ]);
});

await t.test('the end of the plugin ends its calls with the reason and is told once', async (t) => {
  const { side, connection, heard } = await openConnection('legacy');
  const call = connection.call('tools/call', { name: 'x' }, { channel: readyClient('a', {}), signal });
  await side.inbox.method('tools/call');
  const rejected = t.rejects(call, { message: /explained: it closed/ });
  side.stdout.end();
  await rejected;
  await connection.close(new Error('again'));
  t.equal(heard.closed.length, 1);
});
