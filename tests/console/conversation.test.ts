import t from 'tap';
import type { Message } from '../../runtime/contract/threads.ts';
import {
  applyEvent,
  applyRead,
  applySnapshot,
  emptyConversation,
  type Conversation,
  type ThreadEvent,
} from '../../runtime/console/src/pages/chat/conversation.ts';

const message = (id: string, more: Partial<Message> = {}): Message => ({
  id,
  thread: 't',
  role: 'assistant',
  assistantVersion: null,
  status: 'PROCESSING',
  failedReason: null,
  content: [],
  model: null,
  routing: null,
  usage: null,
  pinned: false,
  replaces: null,
  execution: `execution of ${id}`,
  createdAt: 1,
  updatedAt: 1,
  ...more,
});
const said = (id: string): Message => message(id, { role: 'user', status: 'COMPLETED' });
const text = (id: string, delta: string): ThreadEvent => ({ type: 'text', message: id, delta });
const figures = {
  inputTokens: 1,
  outputTokens: 1,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  costMicros: null,
  isEstimated: false,
};
const answered = (id: string, words: string): ThreadEvent => ({
  type: 'step',
  message: id,
  step: {
    kind: 'model_call',
    model: 'm',
    message: { role: 'assistant', content: [{ type: 'text', text: words }] },
    stop: 'end',
    usage: figures,
    durationMs: 1,
    told: 0,
  },
});
const untrusted = (id: string, ...parts: { kind: 'memory' | 'skills'; title: string }[]): ThreadEvent => ({
  type: 'step',
  message: id,
  step: { kind: 'untrusted', parts },
});
const state = (id: string, to: string): ThreadEvent => ({
  type: 'state',
  message: id,
  state: to,
  reason: null,
});

const after = (from: Conversation, ...events: readonly ThreadEvent[]): Conversation =>
  events.reduce((told, event) => applyEvent(told, event, 0), from);
/** What is on the page of one answer. */
const shown = ({ messages, partial }: Conversation, id: string): string => {
  const content = messages.find((one) => one.id === id)?.content ?? [];
  const words = content.flatMap((block) => (block.type === 'text' ? block.text : []));
  return [...words, partial?.message === id ? partial.text : ''].join('');
};

await t.test('an answer grows by what is told of it, and its step takes the place of its pieces', (t) => {
  const begun = applySnapshot(emptyConversation, { messages: [message('b')], partial: null });
  const under = after(begun, text('b', 'Hel'), text('b', 'lo'));
  t.equal(shown(under, 'b'), 'Hello');
  const done = after(under, answered('b', 'Hello'), state('b', 'SUCCEEDED'));
  t.equal(shown(done, 'b'), 'Hello');
  t.equal(done.messages[0]?.status, 'COMPLETED');
  t.end();
});

await t.test('what others wrote is named where a model was told of it, but for the list of skills', (t) => {
  const begun = applySnapshot(emptyConversation, { messages: [message('b')], partial: null });
  const memory = { kind: 'memory', title: 'MEMORY.md' } as const;
  const skills = { kind: 'skills', title: 'Skills' } as const;
  t.same(after(begun, untrusted('b', skills), untrusted('b', skills, memory)).messages[0]?.content, [
    { type: 'told', parts: [memory] },
  ]);
  t.end();
});

await t.test('a snapshot in the middle of an answer goes on where it was', (t) => {
  const before = after(
    applySnapshot(emptyConversation, { messages: [message('b')], partial: null }),
    text('b', 'Hel'),
  );
  const partial = { message: 'b', text: 'Hello, w', thinking: '' };
  const again = applySnapshot(before, { messages: [message('b')], partial });
  t.equal(shown(after(again, text('b', 'orld')), 'b'), 'Hello, world');
  t.end();
});

await t.test('what was read while events came is neither lost nor shown twice', (t) => {
  const begun = applySnapshot(emptyConversation, { messages: [message('b')], partial: null });
  // The answer to a message that somebody sent from elsewhere: its events come before it is read.
  const early = after(begun, answered('b', 'One.'), text('d', 'Tw'), answered('d', 'Two.'));
  t.equal(early.early.length, 2);
  const stored = message('d', { content: [{ type: 'text', text: 'Two.' }] });
  const now = applyRead(early, [said('a'), message('b', { content: [] }), said('c'), stored], 0);
  t.same(
    now.messages.map(({ id }) => id),
    ['a', 'b', 'c', 'd'],
  );
  t.equal(shown(now, 'b'), 'One.', 'the page knew better than the record that was read');
  t.equal(shown(now, 'd'), 'Two.');
  t.equal(now.early.length, 0);
  t.end();
});

await t.test('what is over is taken from the record, with what it took', (t) => {
  const done = after(
    applySnapshot(emptyConversation, { messages: [message('b')], partial: null }),
    state('b', 'SUCCEEDED'),
  );
  const stored = message('b', { status: 'COMPLETED', model: 'm', content: [{ type: 'text', text: 'One.' }] });
  t.match(applyRead(done, [stored], 0).messages, [{ model: 'm', content: [{ text: 'One.' }] }]);
  t.end();
});

await t.test('a call tells how far it is, and keeps its run and how long it took', (t) => {
  const call = { type: 'tool_call' as const, id: 'c', name: 'echo', arguments: {} };
  const begun = applySnapshot(emptyConversation, {
    messages: [message('b', { content: [call] })],
    partial: null,
  });
  const started: ThreadEvent = {
    type: 'step',
    message: 'b',
    step: { kind: 'tool_started', callId: 'c', run: 'r' },
  };
  const result: ThreadEvent = {
    type: 'step',
    message: 'b',
    step: {
      kind: 'tool_result',
      result: { type: 'tool_result', callId: 'c', isError: false, content: [] },
      durationMs: 5,
    },
  };
  const running = applyEvent(begun, started, 1_000);
  t.same(running.runs['c'], { startedAt: 1_000, progress: null });
  t.match(running.messages, [{ content: [{ id: 'c', run: 'r' }] }]);
  const far = {
    type: 'progress',
    message: 'b',
    callId: 'c',
    progress: 1,
    total: 3,
    text: 'the first',
  } as const;
  t.same(applyEvent(running, far, 1_100).runs['c'], { startedAt: 1_000, progress: '33 % · the first' });
  t.match(applyEvent(begun, { ...far, total: null, text: null }, 0).runs['c'], { progress: '1' });
  t.match(applyEvent(running, result, 1_250).messages, [{ content: [{ run: 'r' }, { durationMs: 5 }] }]);
  t.end();
});
