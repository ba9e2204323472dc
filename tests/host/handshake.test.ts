import { mock } from 'node:test';
import t from 'tap';
import { RpcError } from '../../runtime/base/rpc-error.ts';
import type { Era, JsonObject } from '../../runtime/contract/plugins.ts';
import { abortable, envelope, shakeHands } from '../../runtime/host/handshake.ts';
import { Peer } from '../../runtime/host/peer.ts';
import { PluginSide, turn } from '../fixtures/plugin-side.ts';
import { metaKeys, modernVersion } from '../fixtures/wire.ts';

const probeMs = 3_000;

async function open(known: Era | null = null, signal = new AbortController().signal) {
  const side = new PluginSide().listen();
  const peer = new Peer(side.channel);
  await peer.open({
    request: () => Promise.resolve({}),
    notification: () => {},
    closed: () => {},
  });
  return { side, peer, hands: shakeHands(peer, known, signal) };
}

const initialized = (extra: JsonObject = {}): JsonObject => ({
  protocolVersion: '2025-11-25',
  capabilities: { tools: {}, 'x-unknown': { a: 1 } },
  serverInfo: { name: 'old', version: '1' },
  ...extra,
});
const discovered = (extra: JsonObject = {}): JsonObject => ({
  resultType: 'complete',
  supportedVersions: ['2031-01-01', modernVersion],
  capabilities: { tools: { listChanged: true } },
  instructions: 'Be modern.',
  _meta: { [metaKeys.server]: { name: 'new', version: '2', 'x-unknown': 1 } },
  ...extra,
});

await t.test('a modern plugin is discovered and never initialized', async (t) => {
  const { side, hands } = await open();
  const probe = await side.inbox.next();
  t.match(probe, {
    method: 'server/discover',
    params: { _meta: { [metaKeys.version]: modernVersion, [metaKeys.capabilities]: {} } },
  });
  side.answer(probe, discovered());
  t.same(await hands, {
    era: 'modern',
    serverInfo: { name: 'new', version: '2', 'x-unknown': 1 },
    capabilities: { tools: { listChanged: true } },
    instructions: 'Be modern.',
  });
  await turn();
  t.equal(side.inbox.all.length, 1, 'nothing but the probe was sent');
});

await t.test('a plugin that refuses the probe is initialized', async (t) => {
  const { side, hands } = await open();
  side.refuse(await side.inbox.method('server/discover'), -32_601, 'Method not found');
  const initialize = await side.inbox.next();
  t.match(initialize, {
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      clientInfo: { name: 'nexus' },
      capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
    },
  });
  t.notHas(initialize['params'], { _meta: {} }, 'a legacy server gets no envelope');
  side.answer(initialize, initialized({ instructions: 'Be legacy.' }));
  t.same(await hands, {
    era: 'legacy',
    serverInfo: { name: 'old', version: '1' },
    capabilities: { tools: {}, 'x-unknown': { a: 1 } },
    instructions: 'Be legacy.',
  });
  t.match(await side.inbox.next(), { method: 'notifications/initialized' });
});

await t.test('discovery that offers other versions only leads to initialize', async (t) => {
  for (const supportedVersions of [['2031-01-01'], [], 'none', undefined]) {
    const { side, hands } = await open();
    side.answer(await side.inbox.next(), discovered({ supportedVersions }));
    side.answer(await side.inbox.method('initialize'), initialized());
    t.equal((await hands).era, 'legacy', JSON.stringify(supportedVersions));
  }
});

await t.test(
  'a plugin that is silent before initialize is given three seconds, then initialized',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    const { side, hands } = await open();
    const receive = (): unknown[] => side.inbox.all.map(({ method }) => method);
    await turn();
    mock.timers.tick(probeMs - 1);
    await turn();
    t.same(receive(), ['server/discover']);
    mock.timers.tick(1);
    await turn();
    t.same(receive(), ['server/discover', 'notifications/cancelled', 'initialize']);
    const [probe, , initialize] = side.inbox.all;
    side.answer(initialize ?? {}, initialized());
    side.answer(probe ?? {}, discovered());
    t.equal((await hands).era, 'legacy', 'the answer to the probe comes too late to matter');
  },
);

await t.test('a plugin known to be legacy is not probed', async (t) => {
  const { side, hands } = await open('legacy');
  const first = await side.inbox.next();
  t.equal(first['method'], 'initialize');
  side.answer(first, initialized());
  t.equal((await hands).era, 'legacy');
});

await t.test('a plugin that was legacy once and has become modern is found out', async (t) => {
  const { side, hands } = await open('legacy');
  side.refuse(await side.inbox.method('initialize'), -32_601, 'initialize is of the past');
  side.answer(await side.inbox.method('server/discover'), discovered());
  t.equal((await hands).era, 'modern');
});

await t.test('a plugin that was modern once and has become legacy is found out', async (t) => {
  const { side, hands } = await open('modern');
  side.refuse(await side.inbox.method('server/discover'), -32_601, 'what?');
  side.answer(await side.inbox.method('initialize'), initialized());
  t.equal((await hands).era, 'legacy');
});

await t.test('a plugin that refuses both is refused with its own words', async (t) => {
  for (const known of [null, 'modern', 'legacy'] as const) {
    const { side, hands } = await open(known);
    const rejected = t.rejects(hands, { code: -32_602, message: 'Unsupported protocol version' });
    const first = await side.inbox.next();
    side.refuse(first, first['method'] === 'initialize' ? -32_602 : -32_601, 'Unsupported protocol version');
    const second = await side.inbox.next();
    side.refuse(
      second,
      second['method'] === 'initialize' ? -32_602 : -32_601,
      'Unsupported protocol version',
    );
    await rejected;
  }
});

await t.test('an abort ends the handshake at either step with its reason', async (t) => {
  const stop = new AbortController();
  const early = await open(null, stop.signal);
  await early.side.inbox.next();
  const rejected = t.rejects(early.hands, { message: 'stop' });
  stop.abort(new Error('stop'));
  await rejected;

  const later = new AbortController();
  const stage = await open('legacy', later.signal);
  await stage.side.inbox.method('initialize');
  later.abort('a text as reason');
  await t.rejects(stage.hands, { message: 'aborted', cause: 'a text as reason' });
  await t.rejects((await open(null, stop.signal)).hands, { message: 'stop' }, 'aborted beforehand');
});

await t.test('a plugin that ends during the handshake rejects it', async (t) => {
  const { side, hands } = await open();
  await side.inbox.next();
  side.stdout.end();
  await t.rejects(hands, { message: /explained: it closed/ });
});

await t.test('what is no object in a handshake counts as absent', async (t) => {
  const { side, hands } = await open('legacy');
  side.answer(await side.inbox.next(), { serverInfo: 'text', capabilities: [], instructions: 7 });
  t.same(await hands, { era: 'legacy', serverInfo: {}, capabilities: {}, instructions: null });
  const modern = await open();
  modern.side.answer(await modern.side.inbox.next(), discovered({ _meta: null, capabilities: null }));
  t.match(await modern.hands, { era: 'modern', serverInfo: {}, capabilities: {} });
});

await t.test('abortable leaves no listener behind', async (t) => {
  const controller = new AbortController();
  const canceled: Error[] = [];
  const pending = (promise: Promise<JsonObject>) => ({
    promise,
    cancel: (reason: Error) => canceled.push(reason),
  });
  t.same(await abortable(pending(Promise.resolve({ a: 1 })), controller.signal), { a: 1 });
  await t.rejects(abortable(pending(Promise.reject(new RpcError(1, 'no'))), controller.signal), { code: 1 });
  controller.abort(new Error('late'));
  t.same(canceled, []);
  t.same(envelope({ roots: {} })[metaKeys.capabilities], { roots: {} });
});
