import t from 'tap';
import { conversationOf, shortened } from '../../runtime/agent/conversation.ts';
import { frameRule } from '../../runtime/agent/framed-results.ts';
import { nextAct } from '../../runtime/agent/turn.ts';
import { inOrderSaid } from '../../runtime/contract/turn-content.ts';
import { planCut, transcriptOf } from '../../runtime/agent/cut.ts';
import type { Message, MessageBlock, Step } from '../../runtime/contract/threads.ts';
import { answered, call, figures, result, steered, text, told } from '../fixtures/turn-steps.ts';

let ids = 0;
function message(role: Message['role'], content: MessageBlock[], more: Partial<Message> = {}): Message {
  const rest = { failedReason: null, model: null, execution: null, createdAt: 0, updatedAt: 0 };
  const unsaid = { assistantVersion: null, routing: null, usage: null, pinned: false, replaces: null };
  return { id: `m${++ids}`, thread: 't', status: 'COMPLETED', role, content, ...rest, ...unsaid, ...more };
}
const past = (...messages: readonly Message[]) => ({ messages, summary: null, pinned: [] });

await t.test('the conversation alternates, and every call has an answer', (t) => {
  const history = past(
    message('user', [text('first')]),
    message('assistant', [text('looking'), call('1'), call('2'), result('1')]),
    message('user', [text('second'), { type: 'attachment', name: 'a.csv', text: '1;2' }]),
    message('user', [text('third')]),
  );
  const steps: Step[] = [answered(call('3')), steered('hurry'), told('3')];
  const conversation = conversationOf(history, steps);
  t.same(
    conversation.map(({ role }) => role),
    ['user', 'assistant', 'user', 'assistant', 'user'],
  );
  t.match(conversation[2]?.content, [
    { type: 'tool_result', callId: '1' },
    { type: 'tool_result', callId: '2', isError: true, content: [{ text: /not run/ }] },
    { text: 'second' },
    { text: /^The file "a\.csv":\n<tool_output id="(\w{32})">\n1;2\n<\/tool_output id="\1">$/ },
    { text: 'third' },
  ]);
  t.match(
    conversation[4]?.content,
    [
      { type: 'tool_result', callId: '3' },
      { type: 'text', text: 'hurry' },
    ],
    'results come first, as providers want it',
  );
  t.end();
});

await t.test('a call that waits for a person is not said to be over', (t) => {
  const history = past(
    message('assistant', [call('1')], { status: 'WAITING' }),
    message('user', [text('well?')]),
  );
  t.match(conversationOf(history, [])[1]?.content, [{ content: [{ text: /waits for a person/ }] }]);
  t.end();
});

await t.test('what was said into an answer comes after it, and what broke off is not told', (t) => {
  const broken: Step = { ...figures, kind: 'interrupted', text: 'Do', code: 'X', reason: 'silent' };
  const steps = [broken, steered('also this'), { ...answered(text('Done.')), told: 1 }];
  t.match(conversationOf(past(message('user', [text('go')])), steps), [
    { role: 'user', content: [{ text: 'go' }] },
    { role: 'assistant', content: [{ text: 'Done.' }] },
    { role: 'user', content: [{ text: 'also this' }] },
  ]);
  t.end();
});

await t.test(
  'what was said while the model was chosen, or another one asked, comes after the answer too',
  (t) => {
    const decision = {
      model: 'a/b',
      by: 'router' as const,
      score: 0,
      threshold: 1,
      parts: [],
      fallbacks: [],
    };
    const routed: Step = { kind: 'routing', decision };
    const other: Step = { kind: 'fallback', from: 'a/b', to: 'c/d', code: 'X', reason: 'busy' };
    const said = [steered('one'), routed, steered('two'), other, steered('three'), answered(text('Done.'))];
    t.same(
      inOrderSaid(said).map((step) => (step.kind === 'steering' ? step.text : step.kind)),
      ['routing', 'fallback', 'model_call', 'one', 'two', 'three'],
    );
    const limits = { modelCalls: 9, outputTokens: 1e6, costMicros: 1e6, activeMs: 1e6, sameCalls: 9 };
    t.match(nextAct(said, limits), { kind: 'ask-model' }, 'and is answered');
    t.end();
  },
);

await t.test('the rules a model is told take one byte a letter', (t) => {
  t.notMatch(frameRule, /[\u0100-\uffff]/);
  t.end();
});

const compaction: Step = {
  ...figures,
  kind: 'compaction',
  summary: 'they greeted',
  through: 'old-2',
  steps: 0,
};

await t.test('a summary stands for what it was made of, beside what was pinned', (t) => {
  const history = past(
    message('user', [text('remember the code 42')], { id: 'old-1', pinned: true }),
    message('assistant', [text('older')], { id: 'old-2' }),
    message('user', [text('new')]),
  );
  t.match(conversationOf(history, [compaction]), [
    {
      role: 'user',
      content: [{ text: /they greeted[\s\S]*pinned:\nThe person: remember the code 42/ }, { text: 'new' }],
    },
  ]);
  const steps: Step[] = [answered(call('1')), told('1'), { ...compaction, steps: 2 }, answered(text('on'))];
  const short = conversationOf(history, steps);
  t.equal(short.length, 2);
  t.match(short[1]?.content, [{ text: 'on' }], 'the steps before it are not told again');
  t.end();
});

await t.test('a cut keeps the request, recent messages, and calls together with their results', (t) => {
  const long = 'word '.repeat(300);
  const history = past(
    message('user', [text(long)]),
    message('assistant', [text(long)]),
    message('user', [text('recent')]),
    message('assistant', [text('short')]),
    message('user', [text('the request')]),
  );
  const view = shortened(history, []);
  t.same(planCut(view, 100), { messages: 2, steps: 0 });
  t.match(transcriptOf(view, { messages: 2, steps: 0 }), /^Person: word [\s\S]*Assistant: word/);
  t.equal(planCut(shortened(past(message('user', [text(long)])), []), 10), null, 'nothing but the request');

  const big = (id: string): Step[] => [answered(call(id, 'look', { long })), told(id)];
  const turn = shortened(past(message('user', [text('go')])), [...big('1'), ...big('2'), ...big('3')]);
  t.same(planCut(turn, 1_000), { messages: 0, steps: 4 });
  t.same(planCut(turn, 10), { messages: 0, steps: 6 }, 'all of it, once every call has its result');
  const open = shortened(past(message('user', [text('go')])), [...big('1'), ...big('2').slice(0, 1)]);
  t.same(planCut(open, 10), { messages: 0, steps: 2 });
  t.match(
    transcriptOf(turn, { messages: 0, steps: 2 }),
    /What is being answered:\nPerson: go[\s\S]*Assistant calls look[\s\S]*Result: of 1/,
  );
  t.end();
});
