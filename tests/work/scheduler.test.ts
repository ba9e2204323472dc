import t, { type Test } from 'tap';
import type { NewSchedule } from '../../runtime/contract/schedules.ts';
import { Scheduler } from '../../runtime/work/scheduler.ts';
import { isExact, readTiming, upcoming } from '../../runtime/work/cron.ts';
import { Counted, openWork, operator, runnerOf, type WorkStage } from '../fixtures/work-stage.ts';

const minute = 60_000;
const iso = (list: readonly number[]) => list.map((at) => new Date(at).toISOString());
const prompt = { kind: 'prompt', text: 'water the plants', thread: null, assistant: 'nexus' } as const;
const plan = (when: string, missed: NewSchedule['missed'] = 'once'): NewSchedule => ({
  title: 'plants',
  when,
  timeZone: 'Europe/Berlin',
  missed,
  action: prompt,
});

function schedulerOf(t: Test, stage: WorkStage, words: Readonly<Record<string, string>> = {}) {
  const kind = new Counted(async () => ({ state: 'succeeded' }));
  const runner = runnerOf(t, stage, { 'thread.prompt': kind });
  const { work, clock, newId, log } = stage;
  const open = (): Scheduler =>
    new Scheduler({
      store: work.schedules,
      directives: runner,
      emit: (scope, signal) => work.signals.add(scope, signal),
      problemOf: async () => null,
      interpret: async (_scope, said) => words[said] ?? 'nothing',
      timeZone: 'UTC',
      clock,
      newId,
      log,
    });
  const fired = async (): Promise<number> => {
    await runner.tick();
    await runner.idle();
    return kind.attempts.length;
  };
  return { scheduler: open(), open, fired };
}

await t.test('cron keeps to the wall clock of its zone, also when that is put forward or back', async (t) => {
  const berlin = await readTiming('0 9 * * 1', 'Europe/Berlin');
  t.equal(berlin.words, 'At 09:00, only on Monday (Europe/Berlin)');
  t.same(iso(upcoming(berlin, Date.parse('2026-10-18T00:00:00Z'), 2)), [
    '2026-10-19T07:00:00.000Z',
    '2026-10-26T08:00:00.000Z',
  ]);
  const skipped = await readTiming('30 2 * * *', 'Europe/Berlin');
  t.equal(upcoming(skipped, Date.parse('2026-03-28T12:00:00Z'), 3).length, 3, 'an hour that is not there');
  const once = await readTiming('2026-12-24T18:00', 'Europe/Berlin');
  t.same(iso(upcoming(once, 0, 3)), ['2026-12-24T17:00:00.000Z']);
  t.match(once.words, /^Once, on Thursday,? 24 December 2026 at 18:00 \(Europe\/Berlin\)$/);
});

await t.test('the words of two kinds of days say that either is enough, as it fires', async (t) => {
  for (const [when, words, next] of [
    [
      '0 9 13 * 5',
      'At 09:00, on day 13 of the month; or at 09:00, only on Friday (UTC)',
      ['2026-12-04', '2026-12-11', '2026-12-13'],
    ],
    [
      '0 9 */1 12 MON',
      'At 09:00, every day, only in December; or at 09:00, only on Monday, only in December (UTC)',
      ['2026-12-01', '2026-12-02', '2026-12-03'],
    ],
    ['0 9 ? * MON', 'At 09:00, only on Monday (UTC)', ['2026-12-07', '2026-12-14', '2026-12-21']],
  ] as const) {
    const timing = await readTiming(when, 'UTC');
    t.equal(timing.words, words);
    const days = iso(upcoming(timing, Date.parse('2026-11-30T12:00:00Z'), 3)).map((at) => at.slice(0, 10));
    t.same(days, next, when);
  }
});

await t.test('a day that no calendar has is not moved to another one', async (t) => {
  for (const when of [
    '2027-02-30T10:00',
    '2027-13-01T00:00',
    '2027-02-29 10:00:00Z',
    '2027-01-01T24:00+01:00',
  ])
    await t.rejects(
      readTiming(when, 'UTC'),
      { message: `"${when}" is no time at which something can be done: there is no such day or time of day` },
      when,
    );
  t.equal((await readTiming('2028-02-29T10:00:30+01:00', 'UTC')).at, Date.parse('2028-02-29T09:00:30Z'));
});

await t.test('what cannot be read is refused with the reason', async (t) => {
  for (const [when, zone] of [
    ['61 9 * * 1', 'UTC'],
    ['* * * * * *', 'UTC'],
    ['0 0 31 2 *', 'UTC'],
    ['soon', 'UTC'],
    ['2026-13-40T10:00', 'UTC'],
    ['0 9 * * 1', 'Mars/Olympus'],
  ] as const)
    await t.rejects(readTiming(when, zone), { code: 'SCHEDULE_INVALID' }, `${when} ${zone}`);
  t.notOk(isExact('every Monday at 9'));
  t.notOk(isExact('tomorrow at nine in the'));
});

await t.test('nothing fires before it was armed with the words that were shown', async (t) => {
  const stage = await openWork(t, undefined, Date.parse('2026-11-20T12:00:00Z'));
  const { scheduler, fired } = schedulerOf(t, stage, { 'every Monday at 9': '0 9 * * 1' });
  const proposed = await scheduler.propose(operator, plan('every Monday at 9'));
  t.match(proposed, {
    state: 'proposed',
    cron: '0 9 * * 1',
    words: 'At 09:00, only on Monday (Europe/Berlin)',
  });
  t.equal(proposed.upcoming.length, 3);
  stage.clock.at = Date.parse('2026-11-23T08:00:00Z');
  await scheduler.tick();
  t.equal(await fired(), 0);
  await t.rejects(scheduler.arm(operator, proposed.id, 'Every minute'), { code: 'SCHEDULE_STATE' });
  const armed = await scheduler.arm(operator, proposed.id, proposed.words);
  t.match(armed, { state: 'armed', armedBy: 'operator (test)', nextAt: Date.parse('2026-11-30T08:00:00Z') });
  await t.rejects(scheduler.arm(operator, proposed.id, proposed.words), {
    message: `The schedule ${proposed.id} is armed, so it cannot be armed`,
  });
  await t.rejects(scheduler.propose(operator, plan('whenever')), { code: 'SCHEDULE_INVALID' });
  await t.rejects(scheduler.propose(operator, plan('2020-01-01T10:00')), { message: /past/ });
});

await t.test('each firing happens once, whoever ticks and however often', async (t) => {
  const stage = await openWork(t, undefined, Date.parse('2026-11-20T12:00:30Z'));
  const { scheduler, open, fired } = schedulerOf(t, stage);
  const { id, words } = await scheduler.propose(operator, plan('* * * * *'));
  await scheduler.arm(operator, id, words);
  stage.clock.at += minute;
  const [due] = await stage.work.schedules.due(stage.clock.at, 1);
  await Promise.all([scheduler.tick(), open().tick(), open().tick()]);
  t.equal(await fired(), 1);
  // As after a kill between the directive and the next time: the schedule is still due, the directive is there.
  if (due === undefined) throw new Error('it was not due');
  const [now] = await stage.work.schedules.list(operator);
  if (now === undefined) throw new Error('it is not there');
  t.ok(await stage.work.schedules.move(now, { nextAt: due.nextAt }));
  await open().tick();
  t.equal(await fired(), 1, 'the key is the schedule and the time');
  stage.clock.at += minute;
  await open().tick();
  t.equal(await fired(), 2);
  await scheduler.change(operator, id, 'pause');
  stage.clock.at += minute;
  await scheduler.tick();
  t.equal(await fired(), 2, 'paused');
  await scheduler.change(operator, id, 'remove');
  t.same(await scheduler.list(operator), []);
});

await t.test(
  'firings while no kernel ran are skipped or made up for once, and said either way',
  async (t) => {
    const stage = await openWork(t, undefined, Date.parse('2026-11-20T12:00:30Z'));
    const { scheduler, fired } = schedulerOf(t, stage);
    const made: string[] = [];
    for (const missed of ['skip', 'once'] as const) {
      const { id, words } = await scheduler.propose(operator, plan('0 * * * *', missed));
      await scheduler.arm(operator, id, words);
      made.push(id);
    }
    const { id: oneOff, words } = await scheduler.propose(operator, plan('2026-11-20T14:00', 'skip'));
    await scheduler.arm(operator, oneOff, words);
    stage.clock.at += 300 * minute;
    await scheduler.tick();
    await scheduler.tick();
    t.equal(await fired(), 1, 'five were missed; one of two schedules makes up for them, once');
    const told = await stage.work.signals.list(operator, { name: 'schedule.missed', limit: 10 });
    t.same(new Set(told.map(({ subject }) => subject)), new Set([...made, oneOff]));
    t.match(await stage.work.schedules.get(operator, oneOff), { state: 'done', lastAt: null });
    stage.clock.at += 60 * minute;
    await scheduler.tick();
    t.equal(await fired(), 3, 'both go on');
  },
);
