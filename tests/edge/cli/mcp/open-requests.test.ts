import t from 'tap';
import { OpenRequests } from '../../../../runtime/edge/cli/mcp/open-requests.ts';

const line = (message: object): Buffer => Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const initialize = line({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
const initialized = line({ method: 'notifications/initialized' });

await t.test('done when every request is answered', async (t) => {
  const open = new OpenRequests();
  t.ok(open.isDone);
  open.sent(line({ id: 1, method: 'tools/call' }));
  open.sent(line({ id: '1', method: 'tools/call' }));
  t.ok(open.answered(line({ id: 1, result: {} })));
  t.notOk(open.isDone, 'the id "1" is not the id 1');
  t.ok(open.answered(line({ id: '1', error: { code: 1, message: '' } })));
  t.ok(open.isDone);
});

await t.test('what the kernel asks and says is no answer', async (t) => {
  const open = new OpenRequests();
  open.sent(line({ id: 1, method: 'tools/call' }));
  t.ok(open.answered(line({ id: 1, method: 'elicitation/create' })));
  open.sent(line({ id: 1, result: {} }));
  t.ok(open.answered(line({ method: 'notifications/progress' })));
  t.ok(open.answered(Buffer.from('not json\n')));
  t.notOk(open.isDone);
});

await t.test('a canceled request and a subscription need no answer', async (t) => {
  const open = new OpenRequests();
  open.sent(line({ id: 1, method: 'tools/call' }));
  open.sent(line({ method: 'notifications/cancelled', params: { requestId: 1 } }));
  open.sent(line({ id: 2, method: 'subscriptions/listen' }));
  t.ok(open.isDone);
  t.same(open.giveUp(), [2], 'but the end of the kernel ends a subscription');
});

await t.test('a new kernel is told of the handshake, whose second answer nobody sees', async (t) => {
  const open = new OpenRequests();
  t.same(open.repeat(), []);
  open.sent(initialize);
  t.ok(open.answered(line({ id: 0, result: {} })));
  open.sent(initialized);
  open.sent(line({ id: 7, method: 'tools/call' }));
  t.same(open.giveUp(), [7]);
  t.same(open.repeat(), [initialize, initialized]);
  t.notOk(open.answered(line({ id: 0, result: {} })));
  t.ok(open.answered(line({ id: 0, result: {} })), 'only once');
});

await t.test('a handshake that was not answered is asked again for the client', async (t) => {
  const open = new OpenRequests();
  open.sent(initialize);
  t.same(open.giveUp(), []);
  t.same(open.repeat(), [initialize]);
  t.notOk(open.isDone);
  t.ok(open.answered(line({ id: 0, result: {} })));
  t.ok(open.isDone);
});
