import t from 'tap';
import type { PluginState } from '../../runtime/contract/plugins.ts';
import { newLife, nextLife, type Life, type LifeEvent } from '../../runtime/host/life.ts';

const events = {
  disable: { type: 'disable' },
  found: { type: 'found' },
  prepared: { type: 'prepared' },
  start: { type: 'start' },
  started: { type: 'started' },
  drain: { type: 'drain' },
  ended: { type: 'ended' },
  failed: { type: 'failed', reason: 'it broke', nextStep: 'mend it' },
  quarantine: { type: 'quarantine', reason: 'it broke often', nextStep: 'wait' },
} as const satisfies Record<string, LifeEvent>;
type EventName = keyof typeof events;
const names: readonly EventName[] = [
  'disable',
  'found',
  'prepared',
  'start',
  'started',
  'drain',
  'ended',
  'failed',
  'quarantine',
];

const everyState: readonly PluginState[] = [
  'disabled',
  'available',
  'configured',
  'starting',
  'active',
  'draining',
  'stopped',
  'error',
  'quarantined',
];

function lifeIn(state: PluginState): Life {
  return { state, reason: 'old', nextStep: 'old', since: 1 };
}

/** Every state a plugin goes through when these happen to it one after the other. */
function walk(...path: readonly EventName[]): PluginState[] {
  let life = newLife(0);
  return path.map((name, index) => {
    life = nextLife(life, events[name], index);
    return life.state;
  });
}

await t.test('a plugin whose manifest was just found is available', (t) => {
  t.same(newLife(7), { state: 'available', reason: '', nextStep: '', since: 7 });
  t.end();
});

await t.test('the lives a plugin leads', (t) => {
  const { failed } = events;
  t.same(walk('prepared', 'start', 'started', 'drain', 'ended', 'start', 'started'), [
    'configured',
    'starting',
    'active',
    'draining',
    'stopped',
    'starting',
    'active',
  ]);
  t.same(walk('prepared', 'start', 'failed', 'start', 'started', 'quarantine', 'start', 'started').slice(2), [
    'error',
    'starting',
    'active',
    'quarantined',
    'starting',
    'active',
  ]);
  t.same(
    walk('failed', 'prepared', 'start'),
    ['error', 'configured', 'starting'],
    'prepared at the second try',
  );
  t.same(walk('failed', 'failed', 'found', 'prepared').slice(1), ['error', 'available', 'configured']);
  const life = nextLife(lifeIn('starting'), failed, 42);
  t.same(life, { state: 'error', reason: 'it broke', nextStep: 'mend it', since: 42 });
  t.same(nextLife(life, events.start, 43), { state: 'starting', reason: '', nextStep: '', since: 43 });
  t.end();
});

await t.test(
  'every pair leads to a known state or throws with both names; nothing is changed in place',
  (t) => {
    let known = 0;
    for (const state of everyState) {
      for (const name of names) {
        const life = Object.freeze(lifeIn(state));
        try {
          const next = nextLife(life, events[name], 9);
          known++;
          t.ok(everyState.includes(next.state));
          t.equal(next.since, 9);
          t.not(next.reason, 'old', `${state} + ${name}`);
        } catch (error) {
          t.match(error, { message: `a plugin that is ${state} cannot take the event "${name}"` });
        }
      }
    }
    t.ok(known > 30);
    t.end();
  },
);

await t.test('what must never happen', (t) => {
  const never: readonly [PluginState, EventName][] = [
    ['available', 'start'],
    ['configured', 'started'],
    ['disabled', 'start'],
    ['disabled', 'prepared'],
    ['stopped', 'drain'],
    ['stopped', 'started'],
    ['starting', 'start'],
    ['active', 'start'],
    ['active', 'started'],
    ['draining', 'start'],
    ['error', 'started'],
    ['error', 'drain'],
    ['quarantined', 'started'],
  ];
  for (const [state, name] of never)
    t.throws(() => nextLife(lifeIn(state), events[name], 0), { message: state });
  t.end();
});

await t.test('every state but disabled can be disabled, and disabled can be found again', (t) => {
  for (const state of everyState)
    t.equal(nextLife(lifeIn(state), events.disable, 0).state, 'disabled', state);
  t.equal(nextLife(lifeIn('disabled'), events.found, 0).state, 'available');
  t.end();
});
