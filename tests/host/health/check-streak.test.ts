import t from 'tap';
import { afterCheck, afterRestart, freshStreak, isOver } from '../../../runtime/host/health/check-streak.ts';

await t.test('three failed checks in a row, with nothing in flight', (t) => {
  let streak = freshStreak;
  const over = [1, 2, 3, 4].map((now) => {
    streak = afterCheck(streak, false, now);
    return isOver(streak, 0, 60_000, now);
  });
  t.same(over, [false, false, true, true]);
  streak = afterCheck(streak, true, 5);
  t.same(streak, freshStreak);
  t.end();
});

await t.test('calls in flight have their whole time from the first failed check on', (t) => {
  let streak = freshStreak;
  for (const now of [1_000, 2_000, 3_000]) streak = afterCheck(streak, false, now);
  t.notOk(isOver(streak, 1, 60_000, 60_999));
  t.ok(isOver(streak, 1, 60_000, 61_000));
  t.end();
});

await t.test('every restart that does not help doubles the patience, up to 48', (t) => {
  let streak = freshStreak;
  const limits = [1, 2, 3, 4, 5, 6].map(() => {
    streak = afterRestart(afterCheck(streak, false, 0));
    return streak.limit;
  });
  t.same(limits, [6, 12, 24, 48, 48, 48]);
  t.equal(afterCheck(streak, true, 0).limit, 3, 'one that is well is trusted again');
  t.end();
});
