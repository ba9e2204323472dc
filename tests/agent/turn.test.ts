import t from 'tap';
import { nextAct } from '../../runtime/agent/turn.ts';
import type { Step } from '../../runtime/contract/threads.ts';
import { answered, call, figures, steered, text, told } from '../fixtures/turn-steps.ts';

const limits = { modelCalls: 5, outputTokens: 1_000, costMicros: 1_000, activeMs: 1_000, sameCalls: 3 };

await t.test('a turn asks, runs what it was asked for, and ends', (t) => {
  const steps: Step[] = [];
  t.same(nextAct(steps, limits), { kind: 'ask-model' });
  steps.push(answered(text('I look.'), call('1'), call('2')));
  t.match(nextAct(steps, limits), { kind: 'run-tools', calls: [{ id: '1' }, { id: '2' }] });
  steps.push({ kind: 'tool_started', callId: '1', run: 'r' }, told('1'));
  t.match(
    nextAct(steps, limits),
    { kind: 'run-tools', calls: [{ id: '2' }] },
    'what has a result is not run again',
  );
  steps.push(told('2'));
  t.same(nextAct(steps, limits), { kind: 'ask-model' });
  steps.push(answered(text('Done.')));
  t.same(nextAct(steps, limits), { kind: 'finish', stop: 'end' });
  steps.push(steered('and now this'));
  t.same(nextAct(steps, limits), { kind: 'ask-model' }, 'what a person says is answered');
  t.end();
});

await t.test('what is said while a model answers is answered after it', (t) => {
  const asked: Step[] = [steered('wait, also this'), answered(text('Done.'))];
  t.same(nextAct(asked, limits), { kind: 'ask-model' }, 'it had not been told of it');
  const heard: Step[] = [steered('this'), { ...answered(text('Done.')), told: 1 }];
  t.same(nextAct(heard, limits), { kind: 'finish', stop: 'end' });
  t.end();
});

await t.test('an answer that breaks off is asked for again, a few times', (t) => {
  const broken: Step = {
    ...figures,
    kind: 'interrupted',
    text: 'Do',
    code: 'MODEL_TIMEOUT',
    reason: 'silent',
  };
  t.same(nextAct([broken, broken], limits), { kind: 'ask-model' });
  t.match(nextAct([broken, broken, broken], limits), { kind: 'stop', reason: /3 answers broke off.*silent/ });
  t.end();
});

await t.test('a call id that comes again in a later answer is another call', (t) => {
  const steps = [answered(call('1')), told('1'), answered(call('1'))];
  t.match(nextAct(steps, limits), { kind: 'run-tools', calls: [{ id: '1' }] });
  t.end();
});

/** So many answers that each call `look` once, with their results. */
function rounds(count: number, args: (round: number) => Record<string, unknown>): Step[] {
  return Array.from({ length: count }, (_, round) => [
    answered(call(String(round), 'look', args(round))),
    told(String(round)),
  ]).flat();
}

function different(round: number): Record<string, unknown> {
  return { round };
}

await t.test('limits stop a turn with the reason', (t) => {
  t.equal(nextAct(rounds(4, different), limits).kind, 'ask-model');
  t.match(nextAct(rounds(5, different), limits), { kind: 'stop', reason: /5 times/ });
  t.match(
    nextAct(
      rounds(3, () => ({ same: 1 })),
      limits,
    ),
    { kind: 'stop', reason: /look 3 times in a row/ },
  );
  t.match(nextAct(rounds(4, different), { ...limits, outputTokens: 400 }), {
    kind: 'stop',
    reason: /400 tokens/,
  });
  const costly = { ...figures, usage: { ...figures.usage, costMicros: 600 }, durationMs: 600 };
  const dear: Step[] = rounds(2, different).map((step) => ({ ...step, ...('usage' in step ? costly : {}) }));
  t.match(nextAct(dear, { ...limits, activeMs: 10_000 }), { kind: 'stop', reason: /it cost \$0\.0012/ });
  t.match(nextAct(dear, { ...limits, costMicros: 10_000 }), { kind: 'stop', reason: /minutes/ });
  const turns = rounds(9, (round) => ({ round: round % 2 }));
  t.match(nextAct(turns, { ...limits, modelCalls: 99, sameCalls: 2 }), {
    kind: 'stop',
    reason: /of its last 8 calls were look/,
  });
  t.end();
});
