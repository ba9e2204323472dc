import t from 'tap';
import { Gate, Ring } from '../../runtime/base/bounded.ts';
import { turn } from '../fixtures/plugin-side.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

const open = new AbortController().signal;

await t.test('a ring keeps the last items', (t) => {
  const ring = new Ring<number>(3);
  t.same(ring.items(), []);
  for (let item = 1; item <= 100; item++) {
    ring.push(item);
    t.same(
      ring.items(),
      [item - 2, item - 1, item].filter((kept) => kept > 0),
    );
    t.equal(ring.items().at(-1), item);
  }
  t.end();
});

await t.test('a gate lets its limit in at once and the rest in order', async (t) => {
  const gate = new Gate(2, 10);
  t.equal(gate.enter(open), undefined);
  t.equal(gate.enter(open), undefined);
  t.equal(gate.running, 2);
  const entered: number[] = [];
  const waiting = [1, 2, 3].map(async (n) => {
    await gate.enter(open);
    entered.push(n);
  });
  t.equal(gate.waiting, 3);
  gate.leave();
  await waiting[0];
  t.same(entered, [1]);
  t.equal(gate.running, 2, 'the place passed on, so nobody can slip in between');
  gate.leave();
  gate.leave();
  await Promise.all(waiting);
  t.same(entered, [1, 2, 3]);
  gate.leave();
  gate.leave();
  t.same([gate.running, gate.waiting], [0, 0]);
});

await t.test('a full queue refuses, an abort makes room', async (t) => {
  const gate = new Gate(1, 2);
  void gate.enter(open);
  const stop = new AbortController();
  const first = gate.enter(stop.signal);
  const second = gate.enter(open);
  t.equal(gate.enter(open), 'full');
  stop.abort(new Error('changed my mind'));
  await t.rejects(Promise.resolve(first), { message: 'changed my mind' });
  t.equal(gate.waiting, 1);
  const third = gate.enter(open);
  t.not(third, 'full');
  gate.leave();
  await second;
  gate.leave();
  await third;
  gate.leave();
  t.equal(gate.running, 0);
});

await t.test('an aborted signal does not wait; an abort after the admission is no exit', async (t) => {
  const gate = new Gate(1, 2);
  void gate.enter(open);
  await t.rejects(Promise.resolve(gate.enter(AbortSignal.abort(new Error('before')))), { message: 'before' });
  t.equal(gate.waiting, 0);
  const stop = new AbortController();
  const waiting = gate.enter(stop.signal);
  gate.leave();
  stop.abort(new Error('too late'));
  await waiting;
  t.equal(gate.running, 1);
});

await t.test('idle settles when the last one has left', async (t) => {
  const gate = new Gate(1, 5);
  await gate.idle();
  void gate.enter(open);
  const next = gate.enter(open);
  let isIdle = false;
  const idle = gate.idle().then(() => (isIdle = true));
  gate.leave();
  await next;
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isIdle, 'the place has passed on');
  gate.leave();
  await idle;
  t.ok(isIdle);
});

await t.test(
  'whatever happens: never more than the limit, never past the queue, all places come back',
  async (t) => {
    const random = seededRandom(99);
    for (let round = 0; round < 60; round++) {
      const [limit, queue] = [1 + random(4), random(6)];
      const gate = new Gate(limit, queue);
      let inside = 0;
      let outside = 0;
      const stops: AbortController[] = [];
      const visits: Promise<unknown>[] = [];
      const visit = async (stop: AbortController): Promise<void> => {
        const entry = gate.enter(stop.signal);
        if (entry === 'full') return;
        await entry;
        inside++;
        if (inside > limit) t.fail(`${inside} inside of ${limit}`);
        for (let time = random(4); time > 0; time--) await new Promise((resolve) => setImmediate(resolve));
        inside--;
        if (random(3) === 0) {
          outside++;
          await gate.outside(() => new Promise((resolve) => setImmediate(resolve)), open);
          outside--;
          if (inside + 1 > limit) t.fail(`${inside + 1} back inside of ${limit}`);
        }
        gate.leave();
      };
      for (let n = 0; n < 40; n++) {
        const stop = new AbortController();
        stops.push(stop);
        visits.push(visit(stop).catch(() => {}));
        if (gate.waiting - outside > queue) t.fail('the queue is longer than it may be');
        if (random(3) === 0) stops[random(stops.length)]?.abort(new Error('stop'));
        if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(visits);
      await gate.idle();
      if (gate.running !== 0 || gate.waiting !== 0)
        t.fail(`round ${round} left ${gate.running}, ${gate.waiting}`);
    }
    t.pass('60 rounds');
  },
);

await t.test('whoever waits outside frees the place and goes first when there is one again', async (t) => {
  const gate = new Gate(1, 10);
  const answered = Promise.withResolvers<string>();
  t.equal(gate.enter(open), undefined);
  const outside = gate.outside(() => answered.promise, open);
  t.equal(gate.enter(open), undefined, 'the place is free');
  t.equal(gate.running, 2, 'both are on their way');
  let isOver = false;
  const idle = gate.idle().then(() => (isOver = true));
  const third = gate.enter(open);
  answered.resolve('yes');
  let isBack = false;
  const back = outside.then((answer) => {
    isBack = true;
    return answer;
  });
  await turn();
  t.notOk(isBack, 'its place is taken');
  gate.leave();
  t.equal(await back, 'yes');
  let isThirdIn = false;
  void Promise.resolve(third).then(() => (isThirdIn = true));
  await turn();
  t.notOk(isThirdIn);
  gate.leave();
  await third;
  t.notOk(isOver);
  gate.leave();
  await idle;
  t.same([gate.running, gate.waiting], [0, 0]);
});

await t.test('outside: what is given up or fails is accounted for all the same', async (t) => {
  const gate = new Gate(1, 10);
  const stop = new AbortController();
  void gate.enter(open);
  const outside = gate.outside(() => Promise.reject(new Error('no answer')), stop.signal);
  void gate.enter(open);
  const rejected = t.rejects(outside, { message: 'no answer' });
  await turn();
  stop.abort(new Error('never mind'));
  await rejected;
  const next = gate.enter(open);
  gate.leave();
  t.equal(gate.waiting, 1, 'two had the one place for a moment');
  gate.leave();
  await next;
  t.equal(gate.running, 1);
  gate.leave();
  t.equal(gate.running, 0);
});
