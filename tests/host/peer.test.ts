import t from 'tap';
import { RpcError } from '../../runtime/base/rpc-error.ts';
import type { JsonObject } from '../../runtime/contract/plugins.ts';
import { Peer } from '../../runtime/host/peer.ts';
import { PluginSide, turn } from '../fixtures/plugin-side.ts';

interface Stage {
  readonly side: PluginSide;
  readonly peer: Peer;
  readonly notified: [string, JsonObject][];
  readonly closed: Error[];
}

async function open(
  answer: (method: string, params: JsonObject) => Promise<JsonObject> = () => Promise.resolve({}),
): Promise<Stage> {
  const side = new PluginSide().listen();
  const peer = new Peer(side.channel);
  const notified: [string, JsonObject][] = [];
  const closed: Error[] = [];
  await peer.open({
    request: answer,
    notification: (method, params) => notified.push([method, params]),
    closed: (reason) => closed.push(reason),
  });
  return { side, peer, notified, closed };
}

/** A plugin that does not read its input. */
async function openStuck(): Promise<Stage> {
  const stage = await open();
  stage.side.stdin.pause();
  return stage;
}

await t.test('answers that come in another order reach the right requests', async (t) => {
  const { side, peer } = await open();
  const pending = Array.from({ length: 20 }, (_, n) => peer.request('work', { n }));
  const requests = [];
  for (let n = 0; n < 20; n++) requests.push(await side.inbox.next());
  t.equal(new Set(requests.map(({ id }) => id)).size, 20, 'every request has an id of its own');
  side.send(...requests.toReversed().map(({ id, params }) => ({ id, result: { echo: params } })));
  const results = await Promise.all(pending.map(({ promise }) => promise));
  t.same(
    results,
    Array.from({ length: 20 }, (_, n) => ({ echo: { n } })),
  );
});

await t.test('progress in the same chunk as the answer is told first', async (t) => {
  const { side, peer, notified } = await open();
  const told: unknown[] = [];
  const pending = peer.request('work', { _meta: { traceparent: 'kept' } }, (progress) => told.push(progress));
  const { id, params } = await side.inbox.next();
  t.same(params, { _meta: { traceparent: 'kept', progressToken: id } });
  const progress = (n: number): JsonObject => ({
    method: 'notifications/progress',
    params: { progressToken: id, progress: n, total: 2, 'x-unknown': [n] },
  });
  side.send(progress(1), progress(2), { id: id, result: { done: true } }, progress(3));
  t.same(await pending.promise.then((result) => [result, ...told]), [
    { done: true },
    { progress: 1, total: 2, 'x-unknown': [1] },
    { progress: 2, total: 2, 'x-unknown': [2] },
  ]);
  await turn();
  t.equal(told.length, 2, 'progress after the answer is dropped');
  t.same(notified, []);
});

await t.test('progress nobody asked for, or of nobody, is dropped', async (t) => {
  const { side, peer, notified } = await open();
  const pending = peer.request('work', {});
  const { id, params } = await side.inbox.next();
  t.same(params, {}, 'no token is sent when nobody listens');
  for (const progressToken of [id, 99, 'text', null, {}])
    side.send({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
  side.send({ method: 'notifications/progress' }, { id, result: {} });
  t.same(await pending.promise, {});
  t.same(notified, []);
});

await t.test('cancellation tells the plugin and rejects at once; the late answer is ignored', async (t) => {
  const { side, peer, closed } = await open();
  const pending = peer.request('work', {});
  const { id } = await side.inbox.next();
  pending.cancel(new Error('enough'));
  pending.cancel(new Error('twice'));
  await t.rejects(pending.promise, { message: 'enough' });
  t.match(await side.inbox.next(), {
    method: 'notifications/cancelled',
    params: { requestId: id, reason: 'enough' },
  });
  side.send({ id, result: { late: true } }, { id, error: { code: 1, message: 'late' } });
  const next = peer.request('next', {});
  side.answer(await side.inbox.method('next'), { fresh: true });
  t.same(await next.promise, { fresh: true });
  t.equal(side.inbox.all.filter(({ method }) => method === 'notifications/cancelled').length, 1);
  next.cancel(new Error('after its answer'));
  await turn();
  t.equal(side.inbox.all.filter(({ method }) => method === 'notifications/cancelled').length, 1);
  t.same(closed, []);
});

await t.test('only a numeric id of ours is an answer; a second answer is ignored', async (t) => {
  const { side, peer } = await open();
  const pending = peer.request('work', {});
  const { id } = await side.inbox.next();
  side.send(
    { id: String(id), result: { from: 'a text id' } },
    { id: null, error: { code: -32_700, message: 'Parse error' } },
    { id: [id], result: {} },
    { result: { from: 'no id' } },
    { id: 12_345, result: { from: 'nobody' } },
    { id, result: { right: true } },
    { id, result: { right: false } },
  );
  t.same(await pending.promise, { right: true });
});

await t.test('errors come as they are; broken ones get a code and a text', async (t) => {
  const { side, peer } = await open();
  const sent: JsonObject[] = [{ code: -32_000, message: 'mine', data: { deep: [1] } }, { code: 'text' }, {}];
  const rejected: RpcError[] = [];
  for (const error of sent) {
    const pending = peer.request('work', {});
    side.send({ id: (await side.inbox.next())['id'], error });
    await pending.promise.catch((reason: unknown) => {
      if (reason instanceof RpcError) rejected.push(reason);
    });
  }
  t.match(rejected, [
    { code: -32_000, message: 'mine', data: { deep: [1] } },
    { code: -32_603, message: 'unknown error', data: undefined },
    { code: -32_603, message: 'unknown error', data: undefined },
  ]);
  const odd = peer.request('work', {});
  side.send({ id: (await side.inbox.next())['id'], result: 'no object' });
  await t.rejects(
    odd.promise,
    { code: -32_603 },
    'a result that is no object is no answer, let alone a success',
  );
});

await t.test('requests of the plugin are answered under their own id, text or number', async (t) => {
  const { side } = await open((method, params) => {
    if (method === 'refused') return Promise.reject(new RpcError(-32_601, 'no', { why: 'so' }));
    if (method === 'null') return Promise.reject(new RpcError(-1, 'no', null));
    if (method === 'broken') return Promise.reject(new TypeError('a bug'));
    return Promise.resolve({ method, params });
  });
  side.send({ id: 'text-id', method: 'ping' }, { id: 0, method: 'roots/list', params: { a: 1 } });
  t.match(await side.inbox.answer('text-id'), { result: { method: 'ping', params: {} } });
  t.match(await side.inbox.answer(0), { result: { method: 'roots/list', params: { a: 1 } } });
  side.send({ id: 'r', method: 'refused' });
  t.match(await side.inbox.answer('r'), { error: { code: -32_601, message: 'no', data: { why: 'so' } } });
  side.send({ id: 'n', method: 'null' });
  t.same((await side.inbox.answer('n'))['error'], { code: -1, message: 'no', data: null });
  side.send({ id: 'b', method: 'broken', params: ['no object'] });
  t.match(await side.inbox.answer('b'), { error: { code: -32_603, message: 'a bug' } });
});

await t.test('a request of the plugin with an id of ours is no answer to ours', async (t) => {
  const { side, peer } = await open();
  const pending = peer.request('work', {});
  const { id } = await side.inbox.next();
  side.send({ id, method: 'ping' });
  t.match(await side.inbox.answer(id), { result: {} });
  side.send({ id, result: { ours: true } });
  t.same(await pending.promise, { ours: true });
});

await t.test('notifications are passed on with their params', async (t) => {
  const { side, notified } = await open();
  side.send({ method: 'notifications/message', params: { level: 'info' } }, { method: 'notifications/x' });
  await turn();
  t.same(notified, [
    ['notifications/message', { level: 'info' }],
    ['notifications/x', {}],
  ]);
});

await t.test('the end of the channel rejects what is in flight and all that follows, once', async (t) => {
  const { side, peer, closed } = await open();
  const inFlight = [peer.request('a', {}), peer.request('b', {})];
  const outcomes = Promise.allSettled(inFlight.map(({ promise }) => promise));
  await side.inbox.next();
  side.stdout.end();
  t.match(
    (await outcomes).map((outcome) => outcome.status === 'rejected' && String(outcome.reason)),
    [/explained: it closed/, /explained: it closed/],
  );
  t.equal(closed.length, 1);
  const late = peer.request('late', {});
  await t.rejects(late.promise, { message: /explained/ });
  late.cancel(new Error('harmless'));
  t.doesNotThrow(() => peer.notify('late', {}));
  await peer.close(new Error('again'));
  t.equal(closed.length, 1, 'closed is told once');
});

await t.test('close() rejects what is in flight with its reason', async (t) => {
  const { peer, closed } = await open();
  const pending = peer.request('a', {});
  const rejected = t.rejects(pending.promise, { message: 'stopping' });
  await peer.close(new Error('stopping'));
  await rejected;
  t.match(closed, [{ message: 'stopping' }]);
});

await t.test('a plugin that does not read its input', async (t) => {
  const large = { text: 'x'.repeat(17 * 1_048_576) };

  await t.test('the request that finds no room is refused, those before it go on', async (t) => {
    const { side, peer } = await openStuck();
    const first = peer.request('large', large);
    await t.rejects(peer.request('next', {}).promise, { code: 'PLUGIN_STUCK' });
    side.stdin.resume();
    side.answer(await side.inbox.next(), { read: true });
    t.same(await first.promise, { read: true });
    const again = peer.request('again', {});
    side.answer(await side.inbox.method('again'), {});
    t.same(await again.promise, {}, 'once it reads again it is as good as before');
  });

  await t.test('a call can still be given up: nothing throws and the caller is told', async (t) => {
    const { peer } = await openStuck();
    const pending = peer.request('large', large);
    t.doesNotThrow(() => pending.cancel(new Error('deadline')));
    await t.rejects(pending.promise, { message: 'deadline' });
  });

  await t.test('an answer that finds no room ends the conversation', async (t) => {
    const { side, peer, closed } = await openStuck();
    const pending = peer.request('large', large);
    const stuck = { code: 'PLUGIN_UNAVAILABLE', data: { plugin: 'played', state: 'stuck' } };
    const rejected = t.rejects(pending.promise, stuck);
    side.send({ id: 'p', method: 'ping' });
    await rejected;
    t.match(closed, [stuck]);
  });
});
