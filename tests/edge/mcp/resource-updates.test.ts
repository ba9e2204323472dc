import { mock } from 'node:test';
import t from 'tap';
import { ResourceUpdates } from '../../../runtime/edge/mcp/resource-updates.ts';

function open() {
  const told: string[] = [];
  const updates = new ResourceUpdates((uris) => told.push(...uris));
  return { updates, told };
}

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

await t.test('the first update is told at once, more of it ten times a second, none is lost', (t) => {
  const { updates, told } = open();
  for (let time = 0; time < 1_000; time++) updates.note('a:1');
  t.same(told, ['a:1']);
  updates.note('b:1');
  mock.timers.tick(99);
  t.equal(told.length, 1);
  mock.timers.tick(1);
  t.same(told, ['a:1', 'a:1', 'b:1'], 'the last state is always told of');
  mock.timers.tick(1_000);
  t.equal(told.length, 3);
  updates.note('a:1');
  t.equal(told.length, 4, 'after a quiet time at once again');
  t.end();
});

await t.test('of more than a thousand resources at once the rest is not told', (t) => {
  const { updates, told } = open();
  updates.note('first');
  for (let n = 0; n < 5_000; n++) updates.note(`a:${n}`);
  mock.timers.tick(100);
  t.equal(told.length, 1_001);
  t.end();
});

await t.test('nothing is told after the end', (t) => {
  const { updates, told } = open();
  updates.note('a:1');
  updates.note('a:1');
  updates.close();
  mock.timers.tick(1_000);
  t.equal(told.length, 1);
  t.end();
});
