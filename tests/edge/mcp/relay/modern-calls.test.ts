import { mock } from 'node:test';
import t from 'tap';
import { isJsonObject, type JsonObject } from '../../../../runtime/contract/plugins.ts';
import type { RunRecord } from '../../../../runtime/contract/runs.ts';
import { operatorScope } from '../../../../runtime/contract/scope.ts';
import { ModernCalls } from '../../../../runtime/edge/mcp/relay/modern-calls.ts';
import { RequestStates } from '../../../../runtime/edge/mcp/relay/request-state.ts';
import { eventually, openEdge } from '../../../fixtures/edge-stage.ts';
import { callModern, modernParams, sendModern } from '../../../fixtures/mcp-http.ts';
import { StdioWire } from '../../../fixtures/stdio-wire.ts';

const stage = await openEdge(t, {
  old: {},
  new: { env: { ERA: 'modern' } },
  narrow: { limits: { concurrency: 1 } },
  'narrow-new': { env: { ERA: 'modern' }, limits: { concurrency: 1 } },
  wide: { env: { ERA: 'modern' }, limits: { concurrency: 1_024 } },
});
const options = { capabilities: { elicitation: {}, roots: {} } };
const requests = [{ method: 'roots/list' }];
const invalid = {
  error: {
    code: -32_602,
    message: 'Invalid or expired requestState',
    data: { reason: 'invalid_request_state' },
  },
};
const minuteMs = 60_000;

/** Calls a tool that asks; the state it is parked with and the key of its question. */
async function park(plugin: string): Promise<{ requestState: string; key: string }> {
  const { result } = await callModern(stage, `${plugin}__ask`, { requests }, options).answer();
  if (!isJsonObject(result) || !isJsonObject(result['inputRequests']))
    throw new Error(JSON.stringify(result));
  return { requestState: String(result['requestState']), key: Object.keys(result['inputRequests'])[0] ?? '' };
}

function retry(plugin: string, more: JsonObject, args: JsonObject = { requests }) {
  return sendModern(stage, 'tools/call', { name: `${plugin}__ask`, arguments: args, ...more }, options);
}

const answers = (key: string): JsonObject => ({
  inputResponses: { [key]: { roots: [{ uri: 'file:///r' }] } },
});

await t.test('a state can be used once', async (t) => {
  for (const plugin of ['old', 'new']) {
    const { requestState, key } = await park(plugin);
    const again = { requestState, ...answers(key) };
    t.match(JSON.stringify(await retry(plugin, again).answer()), 'file:///r');
    t.match(await retry(plugin, again).answer(), invalid, 'replayed');
  }
});

await t.test('of two that come with one state at the same time one is refused', async (t) => {
  const { requestState, key } = await park('old');
  const both = [1, 2].map(() => retry('old', { requestState, ...answers(key) }).answer());
  const refused = (await Promise.all(both)).filter(({ error }) => error !== undefined);
  t.equal(refused.length, 1);
  t.match(refused[0], invalid);
});

await t.test('a state that was tampered with, made up, or is no text', async (t) => {
  const { requestState, key } = await park('old');
  const broken = [
    `${requestState}x`,
    requestState.slice(1),
    requestState.replace('.', ''),
    'made-up',
    '',
    7,
    null,
    {},
  ];
  for (const state of broken) {
    t.match(
      await retry('old', { requestState: state, ...answers(key) }).answer(),
      invalid,
      JSON.stringify(state),
    );
  }
  t.match(
    JSON.stringify(await retry('old', { requestState, ...answers(key) }).answer()),
    'file:///r',
    'the call waits on',
  );
});

await t.test('a state of another request: other arguments, another tool, another method', async (t) => {
  const { requestState, key } = await park('old');
  const more = { requestState, ...answers(key) };
  t.match(await retry('old', more, { requests: [...requests, ...requests] }).answer(), invalid);
  t.match(await retry('new', more).answer(), invalid);
  t.match(
    await sendModern(
      stage,
      'prompts/get',
      { name: 'old__ask', arguments: { requests }, ...more },
      options,
    ).answer(),
    invalid,
  );
  t.match(JSON.stringify(await retry('old', more).answer()), 'file:///r', 'the call waits on');
});

await t.test('a state of another caller', async (t) => {
  const { requestState, key } = await park('old');
  const wire = await StdioWire.open(stage);
  const params = { name: 'old__ask', arguments: { requests }, requestState, ...answers(key) };
  t.match(await wire.modern(1, 'tools/call', params, options), invalid);
  const parked = await wire.modern(2, 'tools/call', { name: 'old__ask', arguments: { requests } }, options);
  const theirs = isJsonObject(parked['result']) ? parked['result']['requestState'] : undefined;
  t.type(theirs, 'string');
  t.match(await retry('old', { requestState: theirs, ...answers('request') }).answer(), invalid);
  wire.reset();
  // The canceled call would leave in doubt whose the questions of the next tests are.
  await stage.kernel.host.restart('old');
});

await t.test('answers that miss the question: the plugin is told, the call ends', async (t) => {
  const { requestState } = await park('old');
  t.match(JSON.stringify(await retry('old', { requestState }).answer()), 'did not answer');
  const modern = await park('new');
  const { result } = await retry('new', {
    requestState: modern.requestState,
    inputResponses: 'text',
  }).answer();
  t.match(JSON.stringify(result), '\\"inputResponses\\":{}');
});

await t.test('answers that are sent along unasked reach a modern plugin only', async (t) => {
  const params = { name: 'new__ask', arguments: { requests }, ...answers('q1') };
  t.match(JSON.stringify(await sendModern(stage, 'tools/call', params, options).answer()), 'file:///r');
});

await t.test(
  'a client that goes away after it was asked leaves the call waiting; its retry is as good',
  async (t) => {
    const call = callModern(stage, 'old__ask', { requests }, options);
    const { result } = await call.answer();
    call.destroy();
    const state = isJsonObject(result) ? result['requestState'] : undefined;
    t.match(
      JSON.stringify(await retry('old', { requestState: state, ...answers('request') }).answer()),
      'file:///r',
    );
  },
);

await t.test('a client that goes away during its retry cancels the call', async (t) => {
  for (const plugin of ['old', 'new']) {
    const args = { requests, until: 'never' };
    const { result } = await callModern(stage, `${plugin}__ask`, args, options).answer();
    const state = isJsonObject(result) ? result['requestState'] : undefined;
    const run = (await stage.runs())[0]?.id;
    const key = plugin === 'old' ? 'request' : 'q1';
    const again = retry(plugin, { requestState: state, ...answers(key) }, args);
    await eventually(async () => JSON.stringify((await stage.journal(plugin)).at(-2)).includes('file:///r'));
    again.destroy();
    await eventually(async () => (await stage.runs()).find(({ id }) => id === run)?.state === 'UNKNOWN');
    t.pass(plugin);
    // Its canceled call would leave in doubt whose the questions of the next tests are.
    await stage.kernel.host.restart(plugin);
  }
});

await t.test('an abandoned call blocks no other call of its plugin', async (t) => {
  await park('old');
  t.match(await callModern(stage, 'old__echo').answer(), { result: { resultType: 'complete' } });
  const { requestState, key } = await park('old');
  t.match(JSON.stringify(await retry('old', { requestState, ...answers(key) }).answer()), 'file:///r');
});

await t.test(
  'a parked call of a modern plugin takes no place, and has one again when it goes on',
  async (t) => {
    const { requestState, key } = await park('narrow-new');
    t.match(await callModern(stage, 'narrow-new__echo').answer(), { result: { resultType: 'complete' } });
    t.equal(stage.kernel.host.status('narrow-new')?.inFlight, 1, 'it is still in flight');
    t.match(
      JSON.stringify(await retry('narrow-new', { requestState, ...answers(key) }).answer()),
      'file:///r',
    );
    t.equal(stage.kernel.host.status('narrow-new')?.inFlight, 0);
  },
);

await t.test('a stdio client that ends takes its waiting calls with it', async (t) => {
  const wire = await StdioWire.open(stage);
  await wire.modern(1, 'tools/call', { name: 'narrow__ask', arguments: { requests } }, options);
  t.match((await stage.runs())[0], { plugin: 'narrow', state: 'RUNNING' });
  wire.reset();
  await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
  t.match(await callModern(stage, 'narrow__echo').answer(), { result: {} }, 'its place is free again');
});

function endedBy(reason: string): (run: RunRecord) => boolean {
  // A modern plugin has answered when it asks; a legacy one is at work on the call.
  return ({ plugin, state, error }) =>
    state === (plugin === 'wide' ? 'CANCELED' : 'UNKNOWN') && error?.includes(reason) === true;
}

/** The same object as the kernel has, with a clock of the test's. */
function open() {
  const { host, catalogue, tools, newId, stateKey } = stage.kernel;
  const calls = new ModernCalls({ host, catalogue, tools }, new RequestStates(stateKey), newId);
  const asker = { scope: operatorScope('token'), source: 'test', client: null };
  const serve = (params: JsonObject, signal = new AbortController().signal): Promise<JsonObject> =>
    calls.serve({ method: 'tools/call', params: modernParams(params, options) }, asker, () => {}, signal);
  return { calls, serve };
}
const asking = { name: 'old__ask', arguments: { requests } };

await t.test('a client has ten minutes to answer', async (t) => {
  const { serve, calls } = open();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() });
  t.teardown(() => mock.timers.reset());
  const [early, late] = [await serve(asking), await serve(asking)];
  mock.timers.tick(10 * minuteMs - 1);
  const more = (state: JsonObject): JsonObject => ({
    ...asking,
    requestState: state['requestState'],
    ...answers('request'),
  });
  t.match(JSON.stringify(await serve(more(early))), 'file:///r');
  mock.timers.tick(1);
  await t.rejects(serve(more(late)), { code: -32_602, data: { reason: 'invalid_request_state' } });
  mock.timers.reset();
  await eventually(async () => (await stage.runs()).some(endedBy('did not answer in time')));
  calls.close();
});

await t.test(
  'a thousand calls may wait; one more ends the oldest; the end of the kernel ends all',
  async (t) => {
    const { serve, calls } = open();
    const wide = { name: 'wide__ask', arguments: { requests } };
    const retryWith = (parked: JsonObject | undefined): JsonObject => ({
      ...wide,
      requestState: parked?.['requestState'],
      ...answers('q1'),
    });
    const parked = await Promise.all(Array.from({ length: 1_000 }, () => serve(wide)));
    t.match(JSON.stringify(await serve(retryWith(parked[7]))), 'file:///r');
    await serve(wide);
    await serve(wide);
    await t.rejects(serve(retryWith(parked[0])), { code: -32_602 });
    t.match(JSON.stringify(await serve(retryWith(parked[1]))), 'file:///r');
    calls.close();
    for (const late of [parked[2], parked[999]]) await t.rejects(serve(retryWith(late)), { code: -32_602 });
    await eventually(async () => (await stage.runs()).some(endedBy('the kernel is stopping')));
    await eventually(() => stage.kernel.host.status('wide')?.inFlight === 0);
  },
);
