import t from 'tap';
import type { DirectiveEnd } from '../../runtime/contract/directives.ts';
import { LiveCatalogue } from '../../runtime/tools/catalogue.ts';
import { ToolRunKind } from '../../runtime/work/tool-run.ts';
import { Counted, openWork, operator, runnerOf } from '../fixtures/work-stage.ts';

const done: DirectiveEnd = { state: 'succeeded', result: { ok: true } };
const wanted = (key: string) => ({ kind: 'k', payload: { b: 1, a: [2] }, key });

await t.test(
  'a key is carried out once, however often it is asked for; another intent is refused',
  async (t) => {
    const stage = await openWork(t);
    const kind = new Counted(async () => done);
    const runner = runnerOf(t, stage, { k: kind });
    const [first, second] = await Promise.all([
      runner.request(operator, wanted('one')),
      runner.request(operator, { kind: 'k', payload: { a: [2], b: 1 }, key: 'one' }),
    ]);
    t.equal(first.id, second.id, 'the order of keys in the payload does not count');
    await runner.idle();
    await runner.tick();
    await runner.idle();
    t.equal(kind.attempts.length, 1);
    t.match(await stage.work.directives.get(operator, first.id), {
      state: 'succeeded',
      result: { ok: true },
      attempts: 1,
    });
    await t.rejects(runner.request(operator, { kind: 'k', payload: { a: 3 }, key: 'one' }), {
      code: 'DIRECTIVE_KEY_TAKEN',
    });
  },
);

await t.test('what is due later waits, can be put off and be canceled', async (t) => {
  const stage = await openWork(t);
  const kind = new Counted(async () => done);
  const runner = runnerOf(t, stage, { k: kind });
  const at = stage.clock.at + 1_000;
  const { id } = await runner.request(operator, { ...wanted('later'), runAt: at });
  const other = await runner.request(operator, { ...wanted('other'), runAt: at });
  stage.clock.at = at - 1;
  await runner.tick();
  await runner.idle();
  t.equal(kind.attempts.length, 0);
  await runner.snooze(operator, id, at + 5_000);
  t.equal((await runner.cancel(operator, other.id)).state, 'canceled');
  stage.clock.at = at;
  await runner.tick();
  t.equal(kind.attempts.length, 0, 'it was put off');
  stage.clock.at = at + 5_000;
  await runner.tick();
  await runner.idle();
  t.same(kind.attempts, [id]);
  await t.rejects(runner.cancel(operator, id), { code: 'DIRECTIVE_STATE' }, 'an end is for good');
  await t.rejects(runner.snooze(operator, id, at), { code: 'DIRECTIVE_STATE' });
});

await t.test('only what may be repeated is tried again, later each time and not for ever', async (t) => {
  const stage = await openWork(t);
  const passing = new Counted(async () => ({ state: 'failed', reason: 'busy', mayRepeat: true }));
  const lasting = new Counted(async () => ({ state: 'failed', reason: 'no', mayRepeat: false }));
  const runner = runnerOf(t, stage, { k: passing, l: lasting });
  const one = await runner.request(operator, { ...wanted('one'), maxAttempts: 3 });
  const two = await runner.request(operator, { kind: 'l', payload: {}, key: 'two', maxAttempts: 3 });
  await runner.idle();
  t.equal(passing.attempts.length, 1);
  const { runAt } = (await stage.work.directives.get(operator, one.id)) ?? { runAt: 0 };
  t.equal(runAt, stage.clock.at + 1_000);
  for (const wait of [1_000, 4_000, 16_000]) {
    stage.clock.at += wait;
    await runner.tick();
    await runner.idle();
  }
  t.equal(passing.attempts.length, 3);
  t.match(await stage.work.directives.get(operator, one.id), {
    state: 'failed',
    reason: 'busy',
    attempts: 3,
  });
  t.equal(lasting.attempts.length, 1);
  t.match(await stage.work.directives.get(operator, two.id), { state: 'failed', attempts: 1 });
});

await t.test('it is done again only when asked to, as a new directive that names the old', async (t) => {
  const stage = await openWork(t);
  const kind = new Counted(async () => done);
  const runner = runnerOf(t, stage, { k: kind });
  const old = await runner.request(operator, wanted('one'));
  await runner.idle();
  const again = await runner.rerun(operator, old.id);
  t.match(again, { rerunOf: old.id, payload: { a: [2], b: 1 } });
  t.equal((await runner.rerun(operator, old.id)).id, again.id, 'asked twice, done once');
  await runner.idle();
  t.same(kind.attempts, [old.id, again.id]);
  await t.rejects(runner.undo(operator, old.id), { code: 'UNDO_UNKNOWN' });
});

await t.test('one that runs is asked to stop; how it then ends is on record', async (t) => {
  const stage = await openWork(t);
  const begun = Promise.withResolvers<void>();
  const kind = new Counted(async ({ signal }) => {
    begun.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { state: 'unknown', reason: 'it had left' };
  });
  const runner = runnerOf(t, stage, { k: kind });
  const { id } = await runner.request(operator, wanted('one'));
  await begun.promise;
  t.match(await runner.cancel(operator, id), { state: 'unknown', reason: 'it had left' });
  await t.rejects(runner.rerun(operator, id), { code: 'DIRECTIVE_STATE', message: /nexus reconcile/ });
  await t.rejects(runner.cancel(operator, id), { code: 'DIRECTIVE_STATE' });
});

await t.test('at most eight run side by side', async (t) => {
  const stage = await openWork(t);
  let running = 0;
  let most = 0;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const kind = new Counted(async () => {
    most = Math.max(most, ++running);
    await gate;
    running--;
    return done;
  });
  const runner = runnerOf(t, stage, { k: kind });
  for (let count = 0; count < 20; count++) await runner.request(operator, wanted(`k${count}`));
  await runner.tick();
  t.equal(running, 8);
  open();
  while (kind.attempts.length < 20) await runner.idle();
  await runner.idle();
  t.equal(most, 8);
});

await t.test('after a crash: done again when that is safe, else what its kind says of it', async (t) => {
  const stage = await openWork(t);
  const { directives } = stage.work;
  const safe = await directives.add(operator, { kind: 'safe', payload: {}, key: 's' });
  const lost = await directives.add(operator, { kind: 'lost', payload: {}, key: 'l' });
  const poison = await directives.add(operator, { kind: 'safe', payload: {}, key: 'p' });
  for (const [directive, attempts] of [
    [safe, 1],
    [lost, 1],
    [poison, 20],
  ] as const)
    await directives.move(directive, { state: 'running', attempts, run: stage.newId() });
  const kinds = {
    safe: new Counted(async () => done),
    lost: new Counted(async () => done, { state: 'unknown', reason: 'the kernel stopped' }),
  };
  const runner = runnerOf(t, stage, kinds);
  await runner.recover();
  t.match(await directives.get(operator, lost.id), { state: 'unknown', reason: 'the kernel stopped' });
  await runner.tick();
  await runner.idle();
  t.match(await directives.get(operator, safe.id), { state: 'succeeded', attempts: 2 });
  t.match(await directives.get(operator, poison.id), { state: 'failed', reason: /20 times/ });
  t.equal(kinds.lost.attempts.length, 0, 'what may have happened is never done blindly');
  const names = (await stage.work.signals.list(operator, { limit: 10 })).map(({ name }) => name);
  t.same(names.sort(), ['directive.failed', 'directive.succeeded', 'directive.unknown']);
});

await t.test(
  'the directive of a turn is carried out by its turn alone, and dropped when that has ended',
  async (t) => {
    const stage = await openWork(t);
    const { threads } = stage.store.conversations(stage.newId);
    const thread = await threads.create(operator, { assistant: 'nexus' });
    const { execution } = await threads.send(operator, thread.id, [{ type: 'text', text: 'hi' }]);
    const kind = new Counted(async () => ({ ...done, answer: { said: 'yes' } }), null);
    const runner = runnerOf(t, stage, { k: kind });
    const mine = await stage.work.directives.add(operator, { ...wanted('mine'), execution });
    const gone = await stage.work.directives.add(operator, { ...wanted('gone'), execution: 'of-nobody' });
    await runner.tick();
    await runner.idle();
    t.equal(kind.attempts.length, 0, 'the queue leaves both alone');
    t.match(await stage.work.directives.get(operator, gone.id), { state: 'canceled' });
    const started: string[] = [];
    const perform = () =>
      runner.perform(
        operator,
        { ...wanted('mine'), execution },
        { onStart: async (run) => void started.push(run) },
        new AbortController().signal,
      );
    t.match(await perform(), { state: 'succeeded', answer: { said: 'yes' } });
    t.match(await perform(), { state: 'succeeded' });
    t.same(kind.attempts, [mine.id], 'asked for twice, done once');
    t.equal(started.length, 1);
  },
);

await t.test('why one failed is on record without secrets', async (t) => {
  const stage = await openWork(t);
  const secret = 'Bearer abcdefghijklmnopqrstuvwxyz0123456789';
  const reason = `it said: Authorization: ${secret}`;
  const runner = runnerOf(t, stage, {
    k: new Counted(async () => ({ state: 'failed', reason, mayRepeat: false })),
  });
  const { id } = await runner.request(operator, wanted('one'));
  await runner.idle();
  const kept = await stage.work.directives.get(operator, id);
  t.match(kept?.reason, /^it said/);
  t.notMatch(kept?.reason, /abcdefghijkl/);
  t.notMatch(JSON.stringify(await stage.work.signals.list(operator, { limit: 10 })), /abcdefghijkl/);
});

await t.test('a tool of a turn is run only as it was allowed', async (t) => {
  const stage = await openWork(t);
  const seen: (string | undefined)[] = [];
  const runner = runnerOf(t, stage, {
    'tool.run': new ToolRunKind({
      catalogue: new LiveCatalogue({ onEvent: () => () => {}, views: () => [], view: () => undefined }),
      runner: {
        invoke: async (_scope, { approved }) => {
          seen.push(approved);
          return { run: 'r', result: { content: [] } };
        },
        counts: () => [],
      },
      runs: stage.store.ledger,
    }),
  });
  const asked = { kind: 'tool.run', payload: { tool: 'p__t', args: {} }, key: 'turn', execution: 'e' };
  const signal = new AbortController().signal;
  const end = await runner.perform(
    operator,
    { ...asked, approved: 'as-allowed' },
    { onStart: async () => {} },
    signal,
  );
  t.equal(end.state, 'succeeded');
  t.same(seen, ['as-allowed'], 'not as it is by now');
});
