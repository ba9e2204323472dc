import { mock } from 'node:test';
import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import { newLife, nextLife } from '../../runtime/host/life.ts';
import { failed, Recovery } from '../../runtime/host/recovery.ts';
import { turn } from '../fixtures/plugin-side.ts';

const active = nextLife(
  nextLife(nextLife(newLife(0), { type: 'prepared' }, 0), { type: 'start' }, 0),
  { type: 'started' },
  0,
);

function open() {
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs };
  return { clock, recovery: new Recovery('p', clock) };
}

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

await t.test('what people are told of a failure', (t) => {
  t.same(failed('p', new Error('broken')), {
    type: 'failed',
    reason: 'broken',
    nextStep: 'See "nexus plugin logs p"',
  });
  t.match(
    failed('p', new NexusError('UNAUTHORIZED')),
    { reason: /^UNAUTHORIZED/, nextStep: '' },
    'it says itself',
  );
  t.end();
});

await t.test('four crashes are failures, the fifth is quarantine', (t) => {
  const { recovery, clock } = open();
  for (let crash = 1; crash <= 4; crash++) t.equal(recovery.crashed(new Error(`c${crash}`)).type, 'failed');
  clock.nowMs += 500;
  t.match(recovery.crashed(new Error('c5')), {
    type: 'quarantine',
    reason: 'it ended 5 times within a minute; last: c5',
    nextStep: /^It is tried again after 30 s; or run "nexus plugin restart p"/,
  });
  t.end();
});

await t.test(
  'a start waits for its turn; in quarantine it is refused instead; later it is let through',
  async (t) => {
    const { recovery, clock } = open();
    await recovery.turn(active);
    for (let crash = 0; crash < 3; crash++) recovery.crashed(new Error('c'));
    let isLet = false;
    const waiting = recovery.turn(nextLife(active, failed('p', 'c'), 0)).then(() => (isLet = true));
    mock.timers.tick(199);
    await turn();
    t.notOk(isLet);
    mock.timers.tick(1);
    await waiting;
    for (let crash = 0; crash < 2; crash++) recovery.crashed(new Error('c'));
    const quarantined = nextLife(active, recovery.crashed(new Error('c')), 0);
    await t.rejects(recovery.turn(quarantined), {
      code: 'PLUGIN_UNAVAILABLE',
      data: { state: 'quarantined' },
    });
    clock.nowMs += 30_000;
    await t.resolves(recovery.turn(quarantined));
    recovery.crashed(new Error('c'));
    await t.rejects(recovery.turn(quarantined));
    recovery.forget();
    await t.resolves(recovery.turn(quarantined));
  },
);

await t.test('a planned start comes in its turn, once, the last one counts, and can be canceled', (t) => {
  const { recovery } = open();
  const starts: string[] = [];
  const note = (name: string) => (): Promise<unknown> => Promise.resolve(starts.push(name));
  for (let crash = 0; crash < 5; crash++) {
    recovery.crashed(new Error('c'));
    recovery.plan(note(`after ${crash + 1}`));
  }
  mock.timers.tick(29_999);
  t.same(starts, []);
  mock.timers.tick(1);
  t.same(starts, ['after 5']);
  mock.timers.tick(100_000);
  recovery.plan(note('canceled'));
  recovery.cancel();
  recovery.plan(note('forgotten'));
  recovery.forget();
  mock.timers.tick(100_000);
  t.same(starts, ['after 5']);
  t.end();
});
