import t from 'tap';
import { takeTurn } from '../../../plugins/filesystem/src/take-turn.ts';
import { TurnQueue } from '../../../plugins/filesystem/src/turn-queue.ts';

await t.test('one after the other, in order, whatever fails', async (test) => {
  const queue = new TurnQueue();
  const events: string[] = [];
  const signal = new AbortController().signal;
  const task = (name: string, isFailing = false): Promise<string> =>
    queue.run(async () => {
      events.push(`${name} starts`);
      await takeTurn(signal);
      events.push(`${name} ends`);
      if (isFailing) throw new Error(name);
      return name;
    });
  const outcomes = await Promise.allSettled([task('a'), task('b', true), task('c')]);
  test.same(
    outcomes.map((outcome) => outcome.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  test.same(events, ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
});

await t.test('a turn of a canceled call does not go on', async (test) => {
  await test.rejects(takeTurn(AbortSignal.abort()), { name: 'AbortError' });
});
