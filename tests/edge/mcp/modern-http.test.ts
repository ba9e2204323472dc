import t from 'tap';
import { intentKey, isJsonObject } from '../../../runtime/contract/plugins.ts';
import { eventually, openEdge } from '../../fixtures/edge-stage.ts';
import { callModern, encodeHeader, Exchange, modernParams, sendModern } from '../../fixtures/mcp-http.ts';
import { metaKeys, modernVersion } from '../../fixtures/wire.ts';

const treated = { echo: { effect: 'idempotent' }, structured: { effect: 'read' } } as const;
const stage = await openEdge(t, {
  old: { tools: treated },
  new: { tools: treated, env: { ERA: 'modern' } },
});
const plugins = ['old', 'new'];

async function countCanceled(): Promise<number> {
  const journal = await stage.journal('old');
  return journal.filter(({ method }) => method === 'notifications/cancelled').length;
}

await t.test('a call without notifications is answered with a JSON body', async (t) => {
  for (const plugin of plugins) {
    const call = callModern(stage, `${plugin}__echo`, { a: 1 }, { id: 'text-id' });
    t.equal(await call.status(), 200);
    const headers = await call.headers();
    t.match(headers['content-type'], /^application\/json/);
    t.notOk('mcp-session-id' in headers);
    t.match(await call.answer('text-id'), {
      jsonrpc: '2.0',
      result: {
        resultType: 'complete',
        content: [{ type: 'text', text: '{"a":1}' }],
        _meta: { [metaKeys.server]: { name: 'nexus' } },
      },
    });
  }
});

await t.test(
  'a call that may change something tells the plugin its intent, which no other call has',
  async (t) => {
    for (const plugin of plugins) {
      for (const tool of ['echo', 'echo', 'structured']) await callModern(stage, `${plugin}__${tool}`).text();
      const runs = (await stage.runs()).slice(0, 3).toReversed();
      const calls = (await stage.journal(plugin))
        .filter(({ method }) => method === 'tools/call')
        .slice(-4, -1);
      const keys = calls.map(({ params }) =>
        isJsonObject(params) && isJsonObject(params['_meta']) ? params['_meta'][intentKey] : 'none',
      );
      t.same(keys, [runs[0]?.id, runs[1]?.id, undefined], plugin);
    }
  },
);

await t.test('from the first notification on the answer is an event stream', async (t) => {
  for (const plugin of plugins) {
    const meta = { progressToken: 'tok', [metaKeys.logLevel]: 'debug' };
    const call = callModern(stage, `${plugin}__progress`, { count: 3 }, { meta });
    const headers = await call.headers();
    t.match(headers['content-type'], /^text\/event-stream/);
    t.match(headers['cache-control'], /no-cache/);
    await call.text();
    t.same(
      call.inbox.all.map(({ method, params }) => [method, params]),
      [
        ...[1, 2, 3].map((progress) => [
          'notifications/progress',
          { progressToken: 'tok', progress, total: 3, message: `step ${progress}`, 'x-unknown': true },
        ]),
        [undefined, undefined],
      ],
    );
    t.match(call.inbox.all.at(-1), { id: 1, result: { content: [{ text: 'done' }] } });
  }
});

await t.test('progress nobody asked for is not sent, logs only when a level is asked for', async (t) => {
  for (const plugin of plugins) {
    const silent = callModern(stage, `${plugin}__progress`, { count: 3 });
    t.match((await silent.headers())['content-type'], /json/);
    const quiet = callModern(stage, `${plugin}__say`, { level: 'info', data: 'x' });
    t.match((await quiet.headers())['content-type'], /json/);
    const meta = { [metaKeys.logLevel]: 'debug' };
    const loud = callModern(stage, `${plugin}__say`, { level: 'info', data: { x: 1 } }, { meta });
    await loud.text();
    t.match(loud.inbox.all, [
      { method: 'notifications/message', params: { level: 'info', logger: 'fixture', data: { x: 1 } } },
      { id: 1 },
    ]);
  }
});

await t.test('everything a client may not know comes through unharmed', async (t) => {
  for (const plugin of plugins) {
    const { result } = await callModern(stage, `${plugin}__odd`).answer();
    t.match(result, {
      structuredContent: [1, 'two', null],
      'x-unknown': { nested: { deep: '\u2028 ünïcode' } },
      _meta: { 'example.org/unknown': [true] },
    });
    const direct = await stage.kernel.host.call(
      plugin,
      'tools/call',
      { name: 'odd', arguments: {} },
      {
        channel: { caller: 'x', capabilities: {}, answer: () => Promise.reject(new Error('never')) },
        signal: new AbortController().signal,
      },
    );
    t.match(result, { content: direct['content'] });
    const { result: listed } = await sendModern(stage, 'tools/list', {}).answer();
    const tools: unknown =
      typeof listed === 'object' && listed !== null && 'tools' in listed ? listed.tools : [];
    t.match(JSON.stringify(tools), `"name":"${plugin}__odd"`);
    t.match(JSON.stringify(tools), '"outputSchema":{"type":"array"}');
    t.match(JSON.stringify(tools), '"annotations":{"readOnlyHint":true,"x-unknown":true}');
  }
});

await t.test('headers that do not say what the body says are refused with 400 and -32020', async (t) => {
  const wrong = [
    { 'mcp-name': 'other__tool' },
    { 'mcp-name': null },
    { 'mcp-method': 'tools/list' },
    { 'mcp-method': null },
    { 'mcp-name': '=?base64?%%%?=' },
  ];
  for (const headers of wrong) {
    const call = callModern(stage, 'old__echo', { word: 'not-to-be-sent' }, { headers });
    t.equal(await call.status(), 400, JSON.stringify(headers));
    await call.text();
    t.match(call.inbox.all[0], { error: { code: -32_020 } });
  }
  t.notMatch(JSON.stringify(await stage.journal('old')), 'not-to-be-sent');
});

await t.test('Mcp-Param-* headers are checked against the arguments', async (t) => {
  const args = { region: 'eu-ost ü', count: 42 };
  const region = encodeHeader('eu-ost ü');
  const good = [
    { 'mcp-param-region': region, 'mcp-param-count': '42' },
    { 'mcp-param-region': region, 'mcp-param-count': '42.0', 'mcp-param-other': 'ignored' },
  ];
  for (const headers of good) {
    t.match(await callModern(stage, 'new__mirrored', args, { headers }).answer(), {
      result: { content: [{}] },
    });
  }
  const bad = [
    {},
    { 'mcp-param-region': region },
    { 'mcp-param-region': region, 'mcp-param-count': '43' },
    { 'mcp-param-region': encodeHeader('us'), 'mcp-param-count': '42' },
    { 'mcp-param-region': '=?base64?***?=', 'mcp-param-count': '42' },
  ];
  for (const headers of bad) {
    const call = callModern(stage, 'new__mirrored', args, { headers });
    t.equal(await call.status(), 400, JSON.stringify(headers));
    t.match(await call.answer(), { error: { code: -32_020, message: /headers and body disagree/ } });
  }
  t.match(await callModern(stage, 'new__mirrored', {}).answer(), { result: {} }, 'nothing to mirror');
});

await t.test('a client that goes away cancels its call', async (t) => {
  for (const plugin of plugins) {
    const before = (await stage.runs()).length;
    const call = callModern(stage, `${plugin}__hold`, { until: 'never' });
    await eventually(
      async () => (await stage.runs())[0]?.state === 'RUNNING' && (await stage.runs()).length > before,
    );
    call.destroy();
    await eventually(async () => (await stage.runs())[0]?.state === 'UNKNOWN');
    t.match((await stage.runs())[0], { tool: 'hold', error: /the client went away/ });
    const journal = await stage.journal(plugin);
    t.ok(
      journal.some(({ method }) => method === 'notifications/cancelled'),
      plugin,
    );
  }
});

await t.test('a client that stays to the end of its call cancels nothing', async (t) => {
  const before = await countCanceled();
  for (let time = 0; time < 5; time++) await callModern(stage, 'old__echo').text();
  t.equal(await countCanceled(), before);
});

await t.test("broken envelopes are the SDK's to refuse, and never reach a plugin", async (t) => {
  const headers = {
    'mcp-protocol-version': modernVersion,
    'mcp-method': 'tools/call',
    'mcp-name': 'old__echo',
  };
  const params = modernParams({ name: 'old__echo', arguments: { word: 'not-to-be-sent' } });
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  const bodies = [
    { ...request, params: { ...params, _meta: { [metaKeys.version]: modernVersion } } },
    {
      ...request,
      params: { ...params, _meta: { ...Object(params['_meta']), [metaKeys.version]: '2031-01-01' } },
    },
    {
      ...request,
      params: { ...params, _meta: { ...Object(params['_meta']), [metaKeys.client]: { name: 7 } } },
    },
    { ...request, jsonrpc: '1.0' },
    { ...request, id: { a: 1 } },
    { ...request, params: [] },
    [request, request],
  ];
  for (const body of bodies) {
    const exchange = new Exchange(stage, JSON.stringify(body), { headers });
    const status = await exchange.status();
    t.ok(status >= 400 && status < 500, `${status} ${JSON.stringify(body).slice(0, 80)}`);
    await exchange.text();
  }
  const future = new Exchange(stage, JSON.stringify(request), {
    headers: { ...headers, 'mcp-protocol-version': '2031-01-01' },
  });
  t.equal(await future.status(), 400);
  t.notMatch(JSON.stringify(await stage.journal('old')), 'not-to-be-sent');
});
