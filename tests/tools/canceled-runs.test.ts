import t from 'tap';
import { openInvoker } from '../fixtures/invoke-stage.ts';
import { journalOf } from '../fixtures/journal.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';

await t.test(
  'a canceled run: the plugin is told, and what is on record depends on what it may have done',
  async (t) => {
    const stage = await openInvoker(t);
    const cases = [
      { tool: 'hold', state: 'UNKNOWN', error: /^the user left The plugin was at work/ },
      { tool: 'ask', state: 'UNKNOWN', error: /^the user left/ },
    ];
    for (const { tool, ...record } of cases) {
      const stop = new AbortController();
      const silent = { ...readyClient('a', {}), answer: () => new Promise<never>(() => {}) };
      const args = { until: 'never', requests: [{ method: 'roots/list' }] };
      const rejected = t.rejects(stage.invoke(tool, args, silent, stop.signal), { message: 'the user left' });
      while ((await stage.runs())[0]?.state !== 'RUNNING') await turn();
      stop.abort(new Error('the user left'));
      await rejected;
      t.match((await stage.runs())[0], { tool, ...record });
    }
    t.ok((await journalOf(stage, 'p')).some(({ method }) => method === 'notifications/cancelled'));
  },
);

await t.test('a canceled run of what may be repeated, or that never left, is CANCELED', async (t) => {
  const stage = await openInvoker(t, {
    tools: { hold: { effect: 'idempotent' } },
    limits: { concurrency: 1 },
  });
  const stop = new AbortController();
  const runs = ['hold', 'env'].map((tool) =>
    t.rejects(stage.invoke(tool, { until: 'never' }, readyClient('a', {}), stop.signal), {
      message: 'enough',
    }),
  );
  while ((await stage.runs()).length < 2) await turn();
  stop.abort(new Error('enough'));
  await Promise.all(runs);
  t.match(await stage.runs(), [
    { tool: 'env', state: 'CANCELED', error: 'enough', startedAt: null },
    { tool: 'hold', state: 'CANCELED', error: 'enough' },
  ]);
});

await t.test('a modern plugin that asks has answered: given up then, the run is CANCELED', async (t) => {
  const stage = await openInvoker(t, { env: { ERA: 'modern' } });
  const stop = new AbortController();
  const client = new PlayedClient('a');
  const args = { requests: [{ method: 'roots/list' }], until: 'never' };
  const rejected = t.rejects(stage.invoke('ask', args, client.channel, stop.signal), {
    message: 'never mind',
  });
  const question = await client.question();
  stop.abort(new Error('never mind'));
  question.refuse(new Error('never mind'));
  await rejected;
  t.match(await stage.runs(), [{ tool: 'ask', state: 'CANCELED', error: 'never mind' }]);

  const again = new AbortController();
  const run = t.rejects(stage.invoke('ask', args, client.channel, again.signal), { message: 'too late' });
  (await client.question()).answer({ q1: { roots: [] } });
  while (!JSON.stringify((await journalOf(stage, 'p')).at(-2)).includes('inputResponses')) await turn();
  again.abort(new Error('too late'));
  await run;
  t.match((await stage.runs())[0], { tool: 'ask', state: 'UNKNOWN' }, 'with the answer it is at work again');
});
