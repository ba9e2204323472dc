import t, { type Test } from 'tap';
import { SignalFanout } from '../../runtime/work/signal-fanout.ts';
import { openRaw, tenantFile } from '../fixtures/store-stage.ts';
import { openWork, operator, type WorkStage } from '../fixtures/work-stage.ts';

function fanoutOf(t: Test, { work, clock, log }: WorkStage): SignalFanout {
  const fanout = new SignalFanout({ store: work.signals, clock, random: () => 0, log });
  t.teardown(() => fanout[Symbol.asyncDispose]());
  return fanout;
}

await t.test(
  'a signal with a dedupe key is on record once, and nothing changes or deletes one',
  async (t) => {
    const stage = await openWork(t);
    const fanout = fanoutOf(t, stage);
    const first = await fanout.emit(operator, { name: 'order.paid', data: { n: 1 }, dedupeKey: 'o1' });
    const second = await fanout.emit(operator, { name: 'order.paid', data: { n: 2 }, dedupeKey: 'o1' });
    t.same(second, first);
    t.match(await fanout.list(operator, { limit: 10 }), [{ id: first.id, data: { n: 1 } }]);
    const db = openRaw(t, tenantFile(stage.dataDir));
    const spoil = [
      `UPDATE signals SET data = '{}'`,
      'DELETE FROM signals',
      `INSERT OR REPLACE INTO signals SELECT seq, id, group_id, user_id, 'other', name, subject, data, dedupe_key, at FROM signals`,
      `INSERT OR REPLACE INTO signals SELECT NULL, 'x', group_id, user_id, 'other', name, subject, data, dedupe_key, at FROM signals`,
    ];
    for (const sql of spoil) t.throws(() => db.exec(sql), /signal/, sql);
  },
);

await t.test('every subscriber hears all in order, each at its own pace, also after a restart', async (t) => {
  const stage = await openWork(t);
  const before = fanoutOf(t, stage);
  await before.emit(operator, { name: 'too.early' });
  const heard: Record<string, string[]> = { fast: [], slow: [] };
  let isStuck = true;
  const subscribe = async (fanout: SignalFanout): Promise<void> => {
    await fanout.subscribe({ name: 'fast', onSignal: async ({ name }) => void heard['fast']?.push(name) });
    await fanout.subscribe({
      name: 'slow',
      onSignal: async ({ name }) => {
        if (name === 'n.2' && isStuck) throw new Error('not now');
        heard['slow']?.push(name);
      },
    });
  };
  await subscribe(before);
  for (const n of [1, 2, 3]) await before.emit(operator, { name: `n.${n}` });
  await before.tick();
  t.same(heard, { fast: ['n.1', 'n.2', 'n.3'], slow: ['n.1'] });
  isStuck = false;
  await before.tick();
  t.same(heard['slow'], ['n.1'], 'it is not tried again before its time');
  await before[Symbol.asyncDispose]();

  const after = fanoutOf(t, stage);
  await subscribe(after);
  await after.emit(operator, { name: 'n.4' });
  stage.clock.at += 1_000;
  await after.tick();
  t.same(heard, { fast: ['n.1', 'n.2', 'n.3', 'n.4'], slow: ['n.1', 'n.2', 'n.3', 'n.4'] });
});

await t.test('what was being told when the kernel ended is told again', async (t) => {
  const stage = await openWork(t);
  const before = fanoutOf(t, stage);
  const told: string[] = [];
  const reached = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  await before.subscribe({
    name: 's',
    onSignal: async ({ name }) => {
      told.push(name);
      reached.resolve();
      await never.promise;
    },
  });
  await before.emit(operator, { name: 'only.one' });
  const telling = before.tick();
  await reached.promise;
  // Another kernel over the same record, as after a kill: nothing of the first one's went on record.
  const after = fanoutOf(t, stage);
  await after.subscribe({ name: 's', onSignal: async ({ name }) => void told.push(name) });
  await after.tick();
  t.same(told, ['only.one', 'only.one']);
  never.resolve();
  await telling;
  await after.tick();
  t.equal(told.length, 2, 'the cursor is moved once');
});
