import t from 'tap';
import { ThreadEvents, type ToldEvent } from '../../runtime/agent/events.ts';
import type { Step } from '../../runtime/contract/threads.ts';
import { answered, steered, text } from '../fixtures/turn-steps.ts';

const said = (delta: string) => ({ type: 'text', delta }) as const;

await t.test('who comes back hears what was missed, in order, and nothing twice', (t) => {
  const events = new ThreadEvents('k');
  const heard: ToldEvent[] = [];
  events.tell('t', 'm', said('a'));
  const stop = events.listen('t', 'k.0', (event) => heard.push(event));
  stop?.();
  events.tell('t', 'm', said('b'));
  events.tell('other', 'm', said('x'));
  events.listen('t', heard.at(-1)?.id ?? '', (event) => heard.push(event));
  events.tell('t', 'm', said('c'));
  t.same(
    heard.map(({ id, event }) => [id, 'delta' in event ? event.delta : '']),
    [
      ['k.1', 'a'],
      ['k.2', 'b'],
      ['k.4', 'c'],
    ],
  );
  t.equal(events.last('t'), 'k.4');
  t.end();
});

await t.test('what is not kept any more cannot be taken up', (t) => {
  const events = new ThreadEvents('k');
  for (let index = 0; index < 20_000; index++) events.tell('t', 'm', said(String(index)));
  t.equal(
    events.listen('t', 'k.1', () => {}),
    null,
  );
  t.equal(
    events.listen('t', 'k.99999', () => {}),
    null,
    'an event that was never told',
  );
  for (const id of ['j.19999', '19999', 'k.', 'k.x', ''])
    t.equal(
      events.listen('t', id, () => {}),
      null,
      `"${id}": an event of a kernel that is gone, or of none`,
    );
  t.type(
    events.listen('t', 'k.19999', () => {}),
    'function',
  );
  t.end();
});

await t.test('threads nobody listens to are forgotten, those somebody listens to are not', (t) => {
  const events = new ThreadEvents('k');
  const heard: string[] = [];
  events.tell('kept', 'm', said('1'));
  events.listen('kept', events.last('kept'), ({ thread }) => heard.push(thread));
  for (let index = 0; index < 1_000; index++) events.tell(`t${index}`, 'm', said('x'));
  t.equal(
    events.listen('t0', 'k.2', () => {}),
    null,
    'no event of its own since then is taken for one of those that were forgotten',
  );
  events.tell('kept', 'm', said('2'));
  t.same(heard, ['kept']);
  t.equal(events.last('kept'), 'k.1002');
  t.end();
});

await t.test('what an answer has said since its last step is known', (t) => {
  const events = new ThreadEvents('k');
  t.equal(events.partial('t'), null);
  const step = (position: number, told: Step) =>
    events.tell('t', 'm', { type: 'step', position, step: told });
  step(0, { kind: 'fallback', from: 'a/b', to: 'c/d', code: 'X', reason: 'busy' });
  events.tell('t', 'm', said('Good '));
  step(1, steered('faster'));
  events.tell('t', 'm', said('day'));
  t.same(events.partial('t'), { message: 'm', steps: 2, text: 'Good day', thinking: '' });
  step(2, answered(text('Good day')));
  t.same(events.partial('t'), { message: 'm', steps: 3, text: '', thinking: '' });
  t.end();
});
