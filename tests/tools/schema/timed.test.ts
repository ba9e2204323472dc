import t from 'tap';
import { TooMuchWork } from '../../../runtime/tools/schema/run.ts';
import { within } from '../../../runtime/tools/schema/timed.ts';

await t.test('work that ends in time returns or throws as usual', (test) => {
  test.equal(
    within(1_000, () => 5),
    5,
  );
  test.equal(
    within(1_000, () => undefined),
    undefined,
  );
  test.throws(
    () =>
      within(1_000, () => {
        throw new RangeError('mine');
      }),
    new RangeError('mine'),
  );
  test.equal(
    within(1_000, () => within(1_000, () => 6)),
    6,
  );
  test.end();
});

function loop(): never {
  for (;;) Math.random();
}

await t.test('work that does not end is ended, loops and regular expressions alike', (test) => {
  test.throws(() => within(20, loop), new TooMuchWork('more than 20 ms'));
  test.throws(
    () => within(20, () => /^(?:a+)+$/.test(`${'a'.repeat(60)}!`)),
    new TooMuchWork('more than 20 ms'),
  );
  test.throws(() => within(0, () => 1), new TooMuchWork('no time is left'));
  test.equal(
    within(1_000, () => 7),
    7,
  );
  test.same(
    Object.getOwnPropertySymbols(globalThis).filter((symbol) => String(symbol).includes('nexus')),
    [],
  );
  test.end();
});
