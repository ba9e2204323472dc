import t from 'tap';
import { conversationOf, nextAct } from '../../runtime/agent/turn.ts';
import type {
  ContentBlock,
  ModelUsage,
  ToolCallBlock,
  ToolResultBlock,
} from '../../runtime/contract/models.ts';
import type { Message, MessageBlock, Step } from '../../runtime/contract/threads.ts';

const limits = { modelCalls: 5, outputTokens: 1_000, sameCalls: 3 };
const usage: ModelUsage = {
  inputTokens: 10,
  outputTokens: 100,
  cacheReadTokens: null,
  cacheWriteTokens: null,
};

function call(id: string, name = 'look', args: Record<string, unknown> = {}): ToolCallBlock {
  return { type: 'tool_call', id, name, arguments: args };
}

function result(callId: string): ToolResultBlock {
  return { type: 'tool_result', callId, isError: false, content: [{ type: 'text', text: `of ${callId}` }] };
}

function answered(...content: ContentBlock[]): Step {
  const stop = content.some(({ type }) => type === 'tool_call') ? 'tool_calls' : 'end';
  return {
    kind: 'model_call',
    model: 'a/b',
    message: { role: 'assistant', content },
    stop,
    usage,
    durationMs: 1,
  };
}

const text = (words: string) => ({ type: 'text', text: words }) as const;
const told = (id: string): Step => ({ kind: 'tool_result', result: result(id) });

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
  steps.push({ kind: 'steering', text: 'and now this' });
  t.same(nextAct(steps, limits), { kind: 'ask-model' }, 'what a person says is answered');
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
  t.end();
});

function message(role: Message['role'], content: MessageBlock[]): Message {
  const rest = {
    failedReason: null,
    assistantVersion: null,
    model: null,
    execution: null,
    createdAt: 0,
    updatedAt: 0,
  };
  return { id: 'm', thread: 't', status: 'COMPLETED', role, content, ...rest };
}

await t.test('the conversation alternates, and every call has an answer', (t) => {
  const history = [
    message('user', [text('first')]),
    message('assistant', [text('looking'), call('1'), call('2'), result('1')]),
    message('user', [text('second')]),
    message('user', [text('third')]),
  ];
  const steps: Step[] = [answered(call('3')), told('3'), { kind: 'steering', text: 'hurry' }];
  const told1 = conversationOf(history, steps);
  t.same(
    told1.map(({ role }) => role),
    ['user', 'assistant', 'user', 'assistant', 'user'],
  );
  t.match(told1[2]?.content, [
    { type: 'tool_result', callId: '1' },
    { type: 'tool_result', callId: '2', isError: true, content: [{ text: /not run/ }] },
    { text: 'second' },
    { text: 'third' },
  ]);
  t.match(told1[4]?.content, [
    { type: 'tool_result', callId: '3' },
    { type: 'text', text: 'hurry' },
  ]);
  t.end();
});

await t.test('what was made short stands for what it was made of', (t) => {
  const history = [
    message('user', [text('old')]),
    message('assistant', [text('older')]),
    message('user', [text('new')]),
  ];
  const steps: Step[] = [{ kind: 'compaction', summary: 'they greeted', through: 2 }];
  t.match(conversationOf(history, steps), [
    { role: 'user', content: [{ text: /they greeted/ }, { text: 'new' }] },
  ]);
  t.end();
});
