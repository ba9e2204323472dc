import t from 'tap';
import { progressTeller } from '../../runtime/agent/progress.ts';
import type { TurnEvent } from '../../runtime/contract/thread-events.ts';

await t.test('progress is told as far as it can be read, and a flood of it is thinned', (t) => {
  let now = 0;
  const told: TurnEvent[] = [];
  const hear = progressTeller('c', { now: () => now }, (event) => told.push(event));
  hear({ progress: 'half' });
  hear({ progress: 1, total: 0 });
  t.same(told, [], 'what is no progress says nothing');
  hear({ progress: 2, total: 4, message: 'x'.repeat(1_000), other: 1 });
  t.same(told, [{ type: 'progress', callId: 'c', progress: 2, total: 4, text: 'x'.repeat(200) }]);
  for (let n = 0; n < 10_000; n++) hear({ progress: n });
  t.equal(told.length, 50);
  now = 1_000;
  hear({ progress: 10_000 });
  hear({ progress: 10_001 });
  t.match(told.slice(50), [{ progress: 10_000, total: null, text: null }]);
  t.end();
});
