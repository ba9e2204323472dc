import t from 'tap';
import type { RunRecord } from '../../runtime/contract/runs.ts';
import { textOf } from '../fixtures/host-stage.ts';
import { openInvoker, scope } from '../fixtures/invoke-stage.ts';
import { journalOf } from '../fixtures/journal.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';

await t.test('the record of a success', async (t) => {
  const { invoke, runs, invoker, starts } = await openInvoker(t);
  const before = Date.now();
  t.equal(textOf(await invoke('echo', { a: 1, password: 'hunter2' })), '{"a":1,"password":"hunter2"}');
  const [run, ...others] = await runs();
  t.same(others, []);
  t.match(run, {
    plugin: 'p',
    tool: 'echo',
    effect: 'irreversible',
    state: 'SUCCEEDED',
    error: null,
    source: 'test',
    client: 'tap',
    user: 'operator',
    actor: 'test',
    result: /"content"/,
  });
  t.notMatch(JSON.stringify(run), 'hunter2', 'what looks like a secret is not kept');
  const { queuedAt = 0, startedAt, endedAt } = run ?? {};
  t.ok(queuedAt >= before && (startedAt ?? 0) >= queuedAt && (endedAt ?? 0) >= (startedAt ?? 0));
  t.same(invoker.counts(), [{ plugin: 'p', state: 'SUCCEEDED', runs: 1 }]);
  t.equal(starts('p').length, 1);
});

await t.test('the id that is answered is the id on record', async (t) => {
  const { invoker, store } = await openInvoker(t);
  const call = { tool: 'p__echo', args: {}, source: 'test', client: null };
  const { run } = await invoker.invoke(scope, call, readyClient('a', {}), new AbortController().signal);
  t.match(run, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  t.match(await store.ledger.get(scope, run), { id: run, state: 'SUCCEEDED', client: null });
});

await t.test('every other end, as the caller hears of it and as it is on record', async (t) => {
  const { invoke, runs } = await openInvoker(t, { limits: { timeoutMs: 150 } });
  const last = async (): Promise<RunRecord | undefined> => (await runs())[0];

  t.match(await invoke('fail', { words: 'no such file' }), { isError: true }, 'an error result is a result');
  t.match(await last(), { tool: 'fail', state: 'FAILED', error: 'no such file', result: /no such file/ });

  await t.rejects(invoke('refuse', { code: -32_000, message: 'not today', data: { a: 1 } }), {
    code: -32_000,
    data: { a: 1 },
  });
  t.match(await last(), { tool: 'refuse', state: 'FAILED', error: 'not today', result: 'null' });

  await t.rejects(invoke('mirrored', { region: 7 }), { code: 'ARGUMENTS_INVALID', message: /region/ });
  t.match(await last(), { tool: 'mirrored', state: 'FAILED', error: /^ARGUMENTS_INVALID/, startedAt: null });

  await t.rejects(invoke('hold', { until: 'never' }), { code: 'RUN_TIMED_OUT' });
  t.match(await last(), { tool: 'hold', state: 'UNKNOWN', error: /within 150 ms/, effect: 'irreversible' });

  await t.rejects(invoke('crash', { words: 'ouch' }), { code: 'PLUGIN_CRASHED' });
  t.match(await last(), { tool: 'crash', state: 'UNKNOWN', error: /ouch/ });

  const count = (await runs()).length;
  await t.rejects(invoke('nothing'), { code: 'TOOL_UNKNOWN', message: /"p__nothing"/ });
  t.equal((await runs()).length, count, 'no tool, no run');
});

await t.test('a read that is cut short is a failure: it can be done again', async (t) => {
  const read = { effect: 'read' };
  const { invoke, runs, invoker } = await openInvoker(t, {
    tools: { hold: read, crash: read },
    limits: { timeoutMs: 100 },
  });
  await t.rejects(invoke('hold', { until: 'never' }), { code: 'RUN_TIMED_OUT' });
  await t.rejects(invoke('crash', { words: 'ouch' }), { code: 'PLUGIN_CRASHED' });
  t.match(await runs(), [
    { tool: 'crash', state: 'FAILED' },
    { tool: 'hold', state: 'FAILED' },
  ]);
  t.same(invoker.counts(), [{ plugin: 'p', state: 'FAILED', runs: 2 }]);
});

await t.test('arguments that do not fit never reach the plugin', async (t) => {
  const stage = await openInvoker(t);
  await t.rejects(stage.invoke('mirrored', { count: 'many' }), { code: 'ARGUMENTS_INVALID' });
  t.notMatch(JSON.stringify(await journalOf(stage, 'p')), '"many"');
});

await t.test('approval: asked first, on record while it waits, run only after a yes', async (t) => {
  const stage = await openInvoker(t, { tools: { echo: { approval: 'always' } } });
  const client = new PlayedClient('a');
  const first = stage.invoke('echo', { n: 1 }, client.channel);
  const question = await client.question();
  t.match(question.requests, { approval: { params: { message: /"p__echo" with \{"n":1\}/ } } });
  await turn(5);
  t.match(await stage.runs(), [{ state: 'QUEUED', startedAt: null }]);
  question.answer({ approval: { action: 'accept' } });
  t.equal(textOf(await first), '{"n":1}');
  t.match(await stage.runs(), [{ state: 'SUCCEEDED' }]);

  const second = stage.invoke('echo', { n: 2 }, client.channel);
  const denied = t.rejects(second, { code: 'RUN_DENIED', message: /did not approve/ });
  (await client.question()).answer({ approval: { action: 'decline' } });
  await denied;
  const silent = new PlayedClient('a', { capabilities: {} });
  await t.rejects(stage.invoke('echo', { n: 3 }, silent.channel), {
    code: 'RUN_DENIED',
    message: /cannot ask/,
  });
  t.match(await stage.runs(), [{ state: 'DENIED' }, { state: 'DENIED' }, { state: 'SUCCEEDED' }]);
  const journal = JSON.stringify(await journalOf(stage, 'p'));
  t.match(journal, '"n":1');
  t.notMatch(journal, /"n":[23]/);
});

await t.test('a run given up while a person is asked is canceled and never sent', async (t) => {
  const stage = await openInvoker(t, { tools: { echo: { approval: 'always' } } });
  const stop = new AbortController();
  const client = new PlayedClient('a', {
    answer: (_requests, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const run = stage.invoke('echo', { n: 1 }, client.channel, stop.signal);
  const rejected = t.rejects(run, { message: 'never mind' });
  await turn(5);
  stop.abort(new Error('never mind'));
  await rejected;
  t.match(await stage.runs(), [{ state: 'CANCELED' }]);
  t.notMatch(JSON.stringify(await journalOf(stage, 'p')), '"n":1');
});

await t.test('a run that waits is QUEUED, then RUNNING, before the plugin hears of it', async (t) => {
  const { invoke, runs, release } = await openInvoker(t, { limits: { concurrency: 1 } });
  const first = invoke('hold', { until: 'go' });
  const second = invoke('hold', { until: 'go-2' });
  while ((await runs()).length < 2) await turn();
  const states = async (): Promise<string[]> => (await runs()).map(({ state }) => state);
  while ((await states())[1] !== 'RUNNING') await turn();
  t.same(await states(), ['QUEUED', 'RUNNING']);
  release('go');
  await first;
  while ((await states())[0] !== 'RUNNING') await turn();
  t.same(await states(), ['RUNNING', 'SUCCEEDED']);
  release('go-2');
  await second;
  t.same(await states(), ['SUCCEEDED', 'SUCCEEDED']);
});

await t.test('a run of a plugin that is not started yet is QUEUED until it is', async (t) => {
  const stage = await openInvoker(t);
  await stage.host.restart('p');
  const run = stage.invoke('echo');
  await turn(3);
  t.match(await stage.runs(), [{ state: 'QUEUED' }]);
  await run;
  t.match(await stage.runs(), [{ state: 'SUCCEEDED' }]);
});

await t.test('what cannot be recorded is not run', async (t) => {
  for (const broken of ['begin', 'queue', 'start'] as const) {
    const stage = await openInvoker(
      t,
      { limits: { concurrency: 1 } },
      { ledger: () => ({ [broken]: () => Promise.reject(new Error(`no ${broken}`)) }) },
    );
    // Only a run that waits is queued and started; one that need not wait begins.
    const held = broken === 'begin' ? Promise.resolve() : stage.call('p', 'hold', { until: 'go' });
    await turn();
    const run = stage.invoke('echo', { never: 'sent' });
    const rejected = t.rejects(run, { message: `no ${broken}` });
    await turn();
    stage.release('go');
    await held;
    await rejected;
    t.notMatch(JSON.stringify(await journalOf(stage, 'p')), 'never', broken);
    t.equal(stage.status('p').inFlight, 0);
  }
});

await t.test('what was run but cannot be recorded as ended is an error, not a silent success', async (t) => {
  const stage = await openInvoker(
    t,
    {},
    { ledger: () => ({ finish: () => Promise.reject(new Error('disk full')) }) },
  );
  await t.rejects(stage.invoke('echo'), { message: 'disk full' });
  t.match(await stage.runs(), [{ state: 'RUNNING' }], 'the next boot will say what became of it');
  t.same(stage.invoker.counts(), []);
});

await t.test('an irreversible run that the end of the kernel cuts short is UNKNOWN', async (t) => {
  const stage = await openInvoker(t);
  const run = stage.invoke('hold', { until: 'never' });
  const rejected = t.rejects(run, { code: /^PLUGIN_(?:CRASHED|UNAVAILABLE)$/ });
  await turn(5);
  await stage.host[Symbol.asyncDispose]();
  await rejected;
  t.match(await stage.runs(), [{ state: 'UNKNOWN' }]);
});

await t.test('many runs at once: every one is on record, none twice', async (t) => {
  const stage = await openInvoker(t, { limits: { concurrency: 8 } });
  const results = await Promise.all(Array.from({ length: 200 }, (_, n) => stage.invoke('echo', { n })));
  t.same(
    results.map((result) => textOf(result)),
    Array.from({ length: 200 }, (_, n) => `{"n":${n}}`),
  );
  const runs = await stage.store.ledger.list(scope, { limit: 1_000 });
  t.equal(new Set(runs.map(({ id }) => id)).size, 200);
  t.ok(runs.every(({ state }) => state === 'SUCCEEDED'));
});
