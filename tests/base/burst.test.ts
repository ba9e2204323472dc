import t from 'tap';
import { Burst } from '../../runtime/base/burst.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

await t.test('a burst is answered once, when it is over', async (t) => {
  let answers = 0;
  const burst = new Burst({ quietMs: 40, longestWaitMs: 60_000 }, () => Promise.resolve(void answers++));
  for (let event = 0; event < 10; event++) burst.note();
  t.equal(answers, 0);
  await burst.over();
  t.equal(answers, 1);
  burst.note();
  await burst.over();
  t.equal(answers, 2);
});

await t.test('events that do not end are answered all the same', async (t) => {
  let answers = 0;
  const burst = new Burst({ quietMs: 60_000, longestWaitMs: 30 }, () => Promise.resolve(void answers++));
  for (let event = 0; event < 1_000 && answers === 0; event++) {
    burst.note();
    await pause(5);
  }
  t.equal(answers, 1);
  burst.cancel();
  await burst.over();
});

await t.test('what is canceled is not answered, and nobody waits for it', async (t) => {
  let answers = 0;
  const burst = new Burst({ quietMs: 10, longestWaitMs: 10 }, () => Promise.resolve(void answers++));
  burst.note();
  const over = burst.over();
  burst.cancel();
  await over;
  await pause(30);
  t.equal(answers, 0);
});

await t.test('over() waits for an answer under way and for what came meanwhile', async (t) => {
  const first = Promise.withResolvers<void>();
  const told: string[] = [];
  const burst = new Burst({ quietMs: 1, longestWaitMs: 1 }, async () => {
    told.push('asked');
    await first.promise;
    told.push('answered');
  });
  burst.note();
  const over = burst.over().then(() => told.push('over'));
  while (told.length === 0) await pause(1);
  burst.note();
  first.resolve();
  await over;
  t.same(told, ['asked', 'answered', 'asked', 'answered', 'over']);
});
