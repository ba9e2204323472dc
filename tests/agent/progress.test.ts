import { mock } from 'node:test';
import t from 'tap';
import { ToolProgress } from '../../runtime/agent/progress.ts';
import { redactKnownTo, SecretFinder } from '../../runtime/base/known-secrets.ts';
import type { TurnEvent } from '../../runtime/contract/thread-events.ts';
import { stillClock } from '../fixtures/still-clock.ts';

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

function open() {
  const clock = stillClock();
  const told: TurnEvent[] = [];
  const progress = new ToolProgress('c', clock, (event) => told.push(event));
  const pass = (ms: number): void => {
    clock.advance(ms);
    mock.timers.tick(ms);
  };
  return { clock, told, progress, pass };
}

await t.test(
  'progress is told as far as it can be read, a flood of it is thinned, and its end is told',
  (t) => {
    const { clock, told, progress, pass } = open();
    progress.hear({ progress: 'half' });
    progress.hear({ progress: 1, total: 0 });
    t.same(told, [], 'what is no progress says nothing');
    progress.hear({ progress: 2, total: 4, message: 'x'.repeat(1_000), other: 1 });
    t.same(told, [{ type: 'progress', callId: 'c', progress: 2, total: 4, text: 'x'.repeat(200) }]);
    for (let n = 0; n < 10_000; n++) progress.hear({ progress: n });
    t.equal(told.length, 50);
    pass(999);
    t.equal(told.length, 50);
    pass(1);
    t.match(told.slice(50), [{ progress: 9_999, total: null, text: null }], 'how far it is by now');
    pass(5_000);
    t.equal(told.length, 51, 'once');
    progress.hear({ progress: 10_000 });
    progress.hear({ progress: 10_001 });
    t.match(told.slice(51), [{ progress: 10_000 }], 'after a pause at once again');
    clock.advance(1_000);
    progress.hear({ progress: 10_002 });
    t.match(told.slice(52), [{ progress: 10_002 }], 'a late timer holds up nothing');
    pass(1_000);
    t.equal(told.length, 53, 'and tells nothing old');
    progress.hear({ progress: 10_003 });
    progress.hear({ progress: 10_004 });
    progress[Symbol.dispose]();
    progress.hear({ progress: 10_005 });
    pass(5_000);
    t.match(told.slice(53), [{ progress: 10_003 }], 'nothing after the end of the call');
    t.end();
  },
);

await t.test('its words are one line without secrets, and without what a person does not see', (t) => {
  const { told, progress } = open();
  const finder = new SecretFinder();
  const known = redactKnownTo(finder);
  t.teardown(() => known[Symbol.dispose]());
  finder.learn('p', 'Marked/Secret-4711');
  for (const message of [
    'at Marked/Secret-4711, at Marked/\u001B[1mSecret-4711',
    `${'x'.repeat(190)} Marked/Secret-4711`,
    'a\u0007b\u202Ec\n\u001B[31mred\u001B[0m\u200B',
    `${'x'.repeat(199)}😀`,
    `${'x'.repeat(198)}😀`,
    '\u001B'.repeat(100_000),
  ])
    progress.hear({ progress: 1, message });
  t.match(told, [
    { text: 'at [secret p], at [secret p]' },
    { text: `${'x'.repeat(190)} [secret ` },
    { text: 'a b c red' },
    { text: 'x'.repeat(199) },
    { text: `${'x'.repeat(198)}😀` },
    { text: '' },
  ]);
  t.end();
});
