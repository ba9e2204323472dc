import t from 'tap';
import {
  closedBreaker,
  nextBreaker,
  notBefore,
  viewBreaker,
  type Breaker,
  type BreakerEvent,
} from '../../runtime/host/restart.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

const start = 1_000_000;
const crash: BreakerEvent = { type: 'crash', words: 'ouch' };

function crashedAt(...times: readonly number[]): Breaker {
  return times.reduce((breaker, ms) => nextBreaker(breaker, crash, start + ms), closedBreaker);
}

await t.test('at once after the first crash, then after 100, 200 and 400 ms, then the breaker opens', (t) => {
  t.equal(notBefore(closedBreaker), 0);
  t.equal(notBefore(crashedAt(0)), start);
  t.equal(notBefore(crashedAt(0, 10)), start + 110);
  t.equal(notBefore(crashedAt(0, 10, 20)), start + 220);
  t.equal(notBefore(crashedAt(0, 10, 20, 30)), start + 430);
  const open = crashedAt(0, 10, 20, 30, 40);
  t.equal(notBefore(open), start + 30_040);
  t.same(viewBreaker(open, start + 50), {
    state: 'open',
    reason: 'crash loop: it ended 5 times within a minute; last: ouch',
    untilMs: start + 30_040,
  });
  t.end();
});

await t.test('one trial: a crash of it opens the breaker for twice as long, up to ten minutes', (t) => {
  let breaker = crashedAt(0, 0, 0, 0, 0);
  const waits: number[] = [];
  let now = start;
  for (let trial = 0; trial < 7; trial++) {
    now = notBefore(breaker);
    breaker = nextBreaker(breaker, { type: 'start' }, now);
    t.match(viewBreaker(breaker, now), { state: 'half-open', untilMs: null });
    breaker = nextBreaker(breaker, crash, now + 1_000);
    waits.push(notBefore(breaker) - (now + 1_000));
  }
  t.same(waits, [60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000]);
  t.match(viewBreaker(crashedAt(0, 0, 0, 0, 0), start), { state: 'open' });
  t.match(viewBreaker(breaker, now), {
    reason: 'crash loop: tried again after 600 s, it ended again; last: ouch',
  });
  t.end();
});

await t.test('an answer to the trial closes it, and so does a minute without a crash', (t) => {
  const tried = nextBreaker(crashedAt(0, 0, 0, 0, 0), { type: 'start' }, start + 30_000);
  const answered = nextBreaker(tried, { type: 'answer' }, start + 30_100);
  t.same(viewBreaker(answered, start + 30_100), { state: 'closed', reason: '', untilMs: null });
  t.equal(nextBreaker(answered, crash, start + 30_200).state, 'closed', 'one crash is one crash again');
  t.equal(viewBreaker(tried, start + 89_999).state, 'half-open');
  t.equal(viewBreaker(tried, start + 90_000).state, 'closed');
  t.equal(nextBreaker(tried, crash, start + 89_999).state, 'open');
  t.equal(nextBreaker(tried, crash, start + 90_000).state, 'closed');
  t.end();
});

await t.test('starts and answers mean nothing to a closed breaker, an answer nothing to an open one', (t) => {
  const closed = crashedAt(0, 0);
  t.equal(nextBreaker(closed, { type: 'start' }, start), closed);
  t.equal(nextBreaker(closed, { type: 'answer' }, start), closed, 'crashes between answers still count');
  const open = crashedAt(0, 0, 0, 0, 0);
  t.equal(nextBreaker(open, { type: 'answer' }, start), open);
  t.end();
});

await t.test('a crash counts for a minute', (t) => {
  t.equal(crashedAt(0, 0, 0, 0, 59_999).state, 'open', 'the fifth inside the minute');
  t.equal(notBefore(crashedAt(0, 0, 0, 0, 60_000)), start + 60_000, 'a minute later it is the first');
  t.end();
});

await t.test(
  'whatever happens: a closed breaker waits 400 ms at most and remembers four crashes at most',
  (t) => {
    const random = seededRandom(77);
    let opened = 0;
    for (let round = 0; round < 500; round++) {
      let breaker = closedBreaker;
      let now = start;
      for (let step = 0; step < 40; step++) {
        now += random(20_000);
        if (breaker.state === 'open') now = Math.max(now, breaker.untilMs);
        const types = [crash, { type: 'start' }, { type: 'answer' }] as const;
        breaker = nextBreaker(breaker, types[random(3)] ?? crash, now);
        const waitMs = notBefore(breaker) - now;
        if (breaker.state === 'open') opened++;
        const isRight =
          breaker.state === 'closed' ? waitMs <= 400 && breaker.crashTimes.length <= 4 : waitMs <= 600_000;
        if (!isRight) t.fail(`round ${round}`, { breaker, now });
      }
    }
    t.ok(opened > 100, `${opened} times open`);
    t.end();
  },
);
