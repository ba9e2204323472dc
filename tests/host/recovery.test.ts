import { mock } from 'node:test';
import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import { failed, Recovery } from '../../runtime/host/recovery.ts';
import { turn } from '../fixtures/plugin-side.ts';

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
  t.equal(recovery.advice, undefined);
  clock.nowMs += 500;
  t.match(recovery.crashed(new Error('c5')), {
    type: 'quarantine',
    reason: 'crash loop: it ended 5 times within a minute; last: c5',
    nextStep: 'It is tried again by itself in 30 s; or run "nexus plugin restart p"',
  });
  t.match(recovery.breaker, { state: 'open', untilMs: clock.nowMs + 30_000 });
  clock.nowMs += 18_001;
  t.match(recovery.advice, /by itself in 12 s;/, 'what is left of it');
  t.end();
});

await t.test(
  'a start waits for its turn; with the breaker open it is refused instead; later it is let through, once',
  async (t) => {
    const { recovery, clock } = open();
    await recovery.turn();
    for (let crash = 0; crash < 3; crash++) recovery.crashed(new Error('c'));
    let isLet = false;
    const waiting = recovery.turn().then(() => (isLet = true));
    mock.timers.tick(199);
    await turn();
    t.notOk(isLet);
    mock.timers.tick(1);
    await waiting;
    for (let crash = 0; crash < 2; crash++) recovery.crashed(new Error('c'));
    const refused = { code: 'PLUGIN_UNAVAILABLE', data: { state: 'quarantined', reason: /^crash loop/ } };
    await t.rejects(recovery.turn(), refused);
    clock.nowMs += 30_000;
    await t.resolves(recovery.turn());
    t.equal(recovery.breaker.state, 'half-open');
    recovery.crashed(new Error('c'));
    clock.nowMs += 59_999;
    await t.rejects(recovery.turn(), refused);
    clock.nowMs += 1;
    await recovery.turn();
    recovery.answered();
    t.equal(recovery.breaker.state, 'closed');
    for (let crash = 0; crash < 5; crash++) recovery.crashed(new Error('c'));
    await t.rejects(recovery.turn(), refused);
    recovery.forget();
    await t.resolves(recovery.turn());
  },
);

await t.test('a planned start comes in its turn, once, the last one counts, and can be canceled', (t) => {
  const { recovery, clock } = open();
  const starts: string[] = [];
  const pass = (ms: number): void => {
    clock.nowMs += ms;
    mock.timers.tick(ms);
  };
  for (let crash = 0; crash < 5; crash++) {
    recovery.crashed(new Error('c'));
    recovery.plan(() => Promise.resolve(starts.push(`after ${crash + 1}`)));
  }
  pass(29_999);
  t.same(starts, []);
  pass(1);
  t.same(starts, ['after 5']);
  pass(100_000);
  recovery.plan(() => Promise.resolve(starts.push('canceled')));
  recovery.cancel();
  recovery.plan(() => Promise.resolve(starts.push('forgotten')));
  recovery.forget();
  pass(100_000);
  t.same(starts, ['after 5']);
  t.end();
});

await t.test('a timer that fires a hair early asks again', (t) => {
  const { recovery, clock } = open();
  const starts: string[] = [];
  for (let crash = 0; crash < 5; crash++) recovery.crashed(new Error('c'));
  recovery.plan(() => Promise.resolve(starts.push('started')));
  clock.nowMs += 29_998;
  mock.timers.tick(30_000);
  t.same(starts, [], 'it would be refused');
  clock.nowMs += 2;
  mock.timers.tick(2);
  t.same(starts, ['started']);
  t.end();
});
