import t from 'tap';
import { ThreadEvents, type ToldEvent } from '../../runtime/agent/events.ts';

const said = (delta: string) => ({ type: 'text', delta }) as const;

await t.test('who comes back hears what was missed, in order, and nothing twice', (t) => {
  const events = new ThreadEvents();
  const heard: ToldEvent[] = [];
  events.tell('t', 'm', said('a'));
  const stop = events.listen('t', 0, (event) => heard.push(event));
  stop?.();
  events.tell('t', 'm', said('b'));
  events.tell('other', 'm', said('x'));
  events.listen('t', heard.at(-1)?.id ?? 0, (event) => heard.push(event));
  events.tell('t', 'm', said('c'));
  t.same(
    heard.map(({ id, event }) => [id, 'delta' in event ? event.delta : '']),
    [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ],
  );
  t.equal(events.last('t'), 3);
  t.end();
});

await t.test('what is not kept any more cannot be taken up', (t) => {
  const events = new ThreadEvents();
  for (let index = 0; index < 20_000; index++) events.tell('t', 'm', said(String(index)));
  t.equal(
    events.listen('t', 1, () => {}),
    null,
  );
  t.equal(
    events.listen('t', 99_999, () => {}),
    null,
    'an event of a kernel that is gone',
  );
  t.type(
    events.listen('t', 19_999, () => {}),
    'function',
  );
  t.end();
});

await t.test('threads nobody listens to are forgotten, those somebody listens to are not', (t) => {
  const events = new ThreadEvents();
  const heard: string[] = [];
  events.tell('kept', 'm', said('1'));
  events.listen('kept', events.last('kept'), ({ thread }) => heard.push(thread));
  for (let index = 0; index < 1_000; index++) events.tell(`t${index}`, 'm', said('x'));
  t.equal(events.last('t0'), 0);
  events.tell('kept', 'm', said('2'));
  t.same(heard, ['kept']);
  t.equal(events.last('kept'), 2);
  t.end();
});
