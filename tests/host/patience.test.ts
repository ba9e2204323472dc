import { mock } from 'node:test';
import t from 'tap';
import { Gate } from '../../runtime/base/bounded.ts';
import { openConnection } from '../fixtures/open-connection.ts';
import { PlayedClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';

const signal = new AbortController().signal;
const elicit = { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } };

await t.test('a call of a modern plugin takes no place while its client is asked', async (t) => {
  const { side, connection } = await openConnection('modern');
  const client = new PlayedClient('a');
  const gate = new Gate(1, 10);
  void gate.enter(signal);
  const call = connection.call('tools/call', { name: 'x' }, { channel: client.channel, signal }, gate);
  side.answer(await side.inbox.method('tools/call'), { resultType: 'input_required', inputRequests: {} });
  const question = await client.question();
  t.equal(gate.enter(signal), undefined, 'another call runs meanwhile');
  question.answer({});
  await turn();
  t.equal(side.inbox.all.filter(({ method }) => method === 'tools/call').length, 1);
  gate.leave();
  side.answer(await side.inbox.method('tools/call'), { done: true });
  t.same(await call, { done: true });
});

await t.test(
  'a legacy plugin that asks works on: after a minute its place is for those who wait',
  async (t) => {
    const { side, connection } = await openConnection('legacy');
    const client = new PlayedClient('a');
    const gate = new Gate(1, 10);
    void gate.enter(signal);
    mock.timers.enable({ apis: ['setInterval'] });
    t.teardown(() => mock.timers.reset());
    const call = connection.call('tools/call', { name: 'x' }, { channel: client.channel, signal }, gate);
    let isOver = false;
    const rejected = t.rejects(
      call.finally(() => (isOver = true)),
      { code: 'RUN_CANCELED', message: /"x" was canceled: its client .* 1 other call/ },
    );
    await side.inbox.method('tools/call');
    side.send({ id: 'q', method: 'elicitation/create', params: elicit });
    const question = await client.question();
    mock.timers.tick(240_000);
    await turn();
    t.notOk(isOver, 'nobody waits');
    const next = gate.enter(signal);
    mock.timers.tick(59_999);
    await turn();
    t.notOk(isOver);
    mock.timers.tick(1);
    await rejected;
    t.ok(question.signal.aborted);
    gate.leave();
    await next;
  },
);
