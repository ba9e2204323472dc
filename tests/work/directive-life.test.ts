import t from 'tap';
import { directiveStateSchema } from '../../runtime/contract/directives.ts';
import { delayMs, isFinal, next, type DirectiveEvent } from '../../runtime/work/directive-life.ts';

await t.test('every pair of state and event is in the table or refused', (t) => {
  const allowed = new Map([
    ['requested start', 'running'],
    ['requested cancel', 'canceled'],
    ['requested fail', 'failed'],
    ['running repeat', 'requested'],
    ['running succeed', 'succeeded'],
    ['running fail', 'failed'],
    ['running cancel', 'canceled'],
    ['running lose', 'unknown'],
    ['unknown happened', 'succeeded'],
    ['unknown not-happened', 'failed'],
  ]);
  const events: readonly DirectiveEvent[] = [
    'start',
    'repeat',
    'succeed',
    'fail',
    'cancel',
    'lose',
    'happened',
    'not-happened',
  ];
  for (const state of directiveStateSchema.options) {
    for (const event of events) {
      const to = allowed.get(`${state} ${event}`);
      if (to === undefined) t.throws(() => next(state, event), `${state} cannot ${event}`);
      else t.equal(next(state, event), to);
    }
  }
  t.same(
    directiveStateSchema.options.filter((state) => isFinal(state)),
    ['succeeded', 'failed', 'canceled'],
  );
  t.end();
});

await t.test('attempts come later and later, and within an hour', (t) => {
  t.same(
    [1, 2, 3, 10].map((attempts) => delayMs(attempts, () => 0)),
    [1_000, 4_000, 16_000, 3_600_000],
  );
  t.equal(
    delayMs(1, () => 1),
    500,
  );
  t.end();
});
