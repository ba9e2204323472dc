import t from 'tap';
import { operatorScope } from '../../runtime/contract/scope.ts';
import type { ModelCallContext, UsageReservation } from '../../runtime/contract/usage.ts';
import { priceOf } from '../../runtime/models/prices.ts';
import { openModels, requestOf } from '../fixtures/model-stage.ts';
import { openTestSettings } from '../fixtures/settings-stage.ts';
import { dataDirOf } from '../fixtures/store-stage.ts';

const scope = operatorScope('test');
const context: ModelCallContext = {
  scope,
  assistant: 'helper',
  threadId: 'thread-1',
  ancestors: [],
  executionId: 'execution-1',
};
const model = 'openai/gpt-5';
const never = AbortSignal.any([]);
const usage = { prompt_tokens: 5, completion_tokens: 10 };
const dollar = 1_000_000;

await t.test('fifty calls at the edge of a budget overshoot it by nothing, and say what to do', async (t) => {
  const { mock, models, usage: ledger, set, alerts } = await openModels(t);
  // An answer of at most 100 tokens can cost 1 dollar, and each costs 10 cents in the end.
  await set({ prices: [`${model} 0 10000`], 'budgets.userPerDay': 20, retries: 0 });
  mock.onMessage('go', { content: 'Done', usage }, { latency: 20 });
  const request = requestOf(model, 'go', { maxOutputTokens: 100 });
  const calls = Array.from({ length: 50 }, () => Array.fromAsync(models.call(context, request, [], never)));
  const spentAtOnce = await ledger.today(scope);
  const outcomes = await Promise.allSettled(calls);
  t.ok(spentAtOnce.every(({ spentMicros }) => spentMicros <= 20 * dollar));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  t.equal(failed.length, 30, 'twenty dollars are reserved');
  for (const { reason } of failed) {
    t.match(reason, {
      code: 'BUDGET_EXCEEDED',
      data: { kind: 'user', subject: 'operator', limit: '$20.0000' },
    });
    t.match(reason.message, /It renews at .*T00:00:00\.000Z; .*nexus settings set budgets\.userPerDay/);
  }
  t.match(await ledger.today(scope), [{ spentMicros: 2 * dollar }], 'what was not needed is free again');
  t.match(alerts, [{ percent: 100, kind: 'user', limitMicros: 20 * dollar }], 'that calls are refused, once');
  t.equal(alerts.length, 1);
  t.match(await ledger.sums(scope, { by: 'model', since: 0 }), [
    {
      group: model,
      calls: 20,
      inputTokens: 100,
      outputTokens: 200,
      costMicros: 2 * dollar,
      estimatedCalls: 0,
    },
  ]);
});

await t.test('figures that are no counts are estimated, and give no money back', async (t) => {
  const { mock, models, usage: ledger, set } = await openModels(t);
  await set({ prices: [`${model} 10000 10000`], 'budgets.userPerDay': 1e6, retries: 0 });
  let spentBefore = 0;
  for (const [index, wrong] of [-1e9, 1.5, 1e300].entries()) {
    const said = { prompt_tokens: wrong, completion_tokens: wrong };
    mock.onMessage(`go ${index}`, { content: 'Done', usage: said });
    const request = requestOf(model, `go ${index}`, { maxOutputTokens: 100 });
    const events = await Array.fromAsync(models.call(context, request, [], never));
    t.match(events.at(-1), { type: 'spent', isEstimated: true }, String(wrong));
    const [today] = await ledger.today(scope);
    t.ok(today !== undefined && today.spentMicros > spentBefore, String(today?.spentMicros));
    spentBefore = today?.spentMicros ?? 0;
  }
});

await t.test(
  'a model without a price stops at a budget, and is said to be unknown without one',
  async (t) => {
    const { mock, models, usage: ledger, set } = await openModels(t);
    mock.onMessage('go', { content: 'Done', usage });
    const ask = () => Array.fromAsync(models.call(context, requestOf('openai/new-model', 'go'), [], never));
    await ask();
    t.match(await ledger.sums(scope, { by: 'thread', since: 0 }), [
      { group: 'thread-1', calls: 1, costMicros: 0, unknownCalls: 1 },
    ]);
    await set({ 'budgets.threadPerDay': 1 });
    await t.rejects(ask(), { code: 'PRICE_UNKNOWN', message: /models\.prices/ });
    await set({ 'budgets.unknownPrice': 'allow' });
    await ask();
    for (const [line, why] of [
      ['openai/new-model cheap', /"openai\/new-model cheap": .*two to four prices/],
      ['openai/new-model 1 2 3 4 5', /two to four prices/],
      ['openai/new-model -1 2', /from 0/],
      ['new-model 1 2', /provider\/model/],
      ['openai/new-model 1 2 from=2026-02-30', /from=2026-12-01/],
    ] as const)
      await t.rejects(
        set({ prices: [`${model} 1 2`, line] }),
        { code: 'SETTING_INVALID', message: why },
        line,
      );
    await t.rejects(set({ contexts: ['openai/new-model big'] }), {
      code: 'SETTING_INVALID',
      message: /TOKENS/,
    });
  },
);

await t.test('a price holds from its day on, until the next one', async (t) => {
  const lines = ['a/b 1 1', 'a/b 3 3 from=2026-12-01', 'a/b 2 2 from=2026-11-21', 'a/* 9 9'];
  const on = (day: string, name = 'a/b') => priceOf(name, lines, Date.parse(day))?.input;
  t.equal(on('2026-11-20T23:59:59.999Z'), 1);
  t.equal(on('2026-11-21'), 2);
  t.equal(on('2026-12-01'), 3);
  t.equal(on('2026-12-01', 'a/c'), 9);
  t.equal(on('2026-12-01', 'c/d'), undefined, 'what is not known is said to be so');
});

await t.test(
  'what a sub-agent spends is spent by the threads above it, and alerts are told once',
  async (t) => {
    const { mock, models, usage: ledger, set, alerts } = await openModels(t);
    await set({ prices: [`${model} 0 100000`], 'budgets.threadPerDay': 10 });
    mock.onMessage('go', { content: 'Done', usage });
    const ask = async (threadId: string, ancestors: readonly string[]): Promise<void> => {
      const request = requestOf(model, 'go', { maxOutputTokens: 20 });
      await Array.fromAsync(models.call({ ...context, threadId, ancestors }, request, [], never));
    };
    // Each call sets two dollars aside and takes one.
    for (let call = 0; call < 5; call++) await ask(`sub-${call}`, ['root', 'middle']);
    t.match(alerts, [
      { subject: 'root', percent: 50, spentMicros: 5 * dollar },
      { subject: 'middle', percent: 50 },
    ]);
    for (let call = 5; call < 9; call++) await ask('other', ['root']);
    await t.rejects(ask('other', ['root']), {
      code: 'BUDGET_EXCEEDED',
      data: { kind: 'thread', subject: 'root' },
    });
    await t.rejects(ask('other', ['root']), { code: 'BUDGET_EXCEEDED' });
    await ask('elsewhere', []);
    const told = alerts.filter(({ subject }) => subject === 'root').map(({ percent }) => percent);
    t.strictSame(told, [50, 80, 100], 'each once');
    const listed = await ledger.alerts(scope, 100);
    t.match(listed[0], { kind: 'thread', subject: 'root', percent: 100, limitMicros: 10 * dollar });
    t.equal(listed.length, alerts.length);
  },
);

await t.test('a fallback answers when the first model fails, and only what was asked is paid', async (t) => {
  const { mock, models, usage: ledger, set } = await openModels(t);
  await set({ retries: 0, prices: ['anthropic/* 1 1'] });
  mock.on({ model: 'claude-sonnet-5' }, { content: 'Hello', usage: { input_tokens: 7, output_tokens: 3 } });
  mock.on({ model: 'gpt-5' }, { error: { message: 'busy', type: 'server_error' }, status: 503 });
  const request = requestOf(model, 'go');
  const events = await Array.fromAsync(
    models.call(context, request, ['anthropic/claude-sonnet-5', model], never),
  );
  t.match(events[0], { type: 'spent', model, inputTokens: 0, outputTokens: 0 });
  t.match(events[1], {
    type: 'fallback',
    from: model,
    to: 'anthropic/claude-sonnet-5',
    code: 'MODEL_OVERLOADED',
  });
  t.match(events.at(-2), { type: 'end' });
  t.match(events.at(-1), { type: 'spent', model: 'anthropic/claude-sonnet-5', costMicros: 10 });
  t.match(await ledger.sums(scope, { by: 'model', since: 0 }), [
    { group: 'anthropic/claude-sonnet-5', costMicros: 10 },
    { group: model, costMicros: 0, inputTokens: 0 },
  ]);
});

await t.test('a call that is stopped in the middle is paid by an estimate of what came', async (t) => {
  const { mock, models, usage: ledger, set } = await openModels(t);
  await set({ prices: [`${model} 1 1000`] });
  mock.onMessage('go', { content: 'abc'.repeat(100), usage }, { chunkSize: 3, latency: 5 });
  const stop = new AbortController();
  await t.rejects(async () => {
    for await (const { type } of models.call(context, requestOf(model, 'go'), [], stop.signal))
      if (type === 'text') stop.abort(new Error('stopped'));
  }, /stopped/);
  const [sum] = await ledger.sums(scope, { by: 'user', since: 0 });
  t.match(sum, { group: 'operator', calls: 1, estimatedCalls: 1 });
  t.ok(sum !== undefined && sum.costMicros >= 1000 && sum.outputTokens < 100);
});

await t.test(
  'a call that is left before its first word is paid by an estimate of what was sent',
  async (t) => {
    const { mock, models, usage: ledger, set } = await openModels(t);
    await set({ prices: [`${model} 1 1000`] });
    mock.onMessage('go', { content: 'late', usage }, { latency: 200 });
    const stop = new AbortController();
    const call = Array.fromAsync(models.call(context, requestOf(model, 'go'), [], stop.signal));
    while (mock.getRequests().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error('stopped'));
    await t.rejects(call, /stopped/);
    const [sum] = await ledger.sums(scope, { by: 'user', since: 0 });
    t.match(sum, { calls: 1, estimatedCalls: 1, outputTokens: 0 });
    t.ok(sum !== undefined && sum.inputTokens > 0, 'a loop of such calls comes to the end of a budget');
  },
);

await t.test('what a kernel that died had reserved counts as spent, and as estimated', async (t) => {
  const dataDir = dataDirOf(t);
  const reservation: UsageReservation = { id: 'call-1', context, model, micros: dollar };
  const limits = [{ kind: 'user' as const, subject: 'operator', limitMicros: 1.5 * dollar }];
  {
    await using stage = await openTestSettings(t, dataDir);
    t.match(await stage.store.usage.reserve(reservation, limits), { ok: true });
    t.strictSame(await stage.store.usage.sums(scope, { by: 'day', since: 0 }), [], 'not yet');
  }
  await using stage = await openTestSettings(t, dataDir);
  const { usage: ledger } = stage.store;
  t.match(await ledger.sums(scope, { by: 'day', since: 0 }), [
    { group: /^\d{4}-\d\d-\d\d$/, costMicros: dollar, estimatedCalls: 1 },
  ]);
  t.match(await ledger.reserve({ ...reservation, id: 'call-2' }, limits), {
    ok: false,
    over: { kind: 'user', spentMicros: dollar },
  });
  const figures = {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costMicros: 0,
    isEstimated: false,
  };
  await t.rejects(ledger.settle(reservation, figures, limits), /not reserved/, 'settled once');
});
