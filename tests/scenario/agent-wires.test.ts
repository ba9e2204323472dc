import t, { type Test } from 'tap';
import type { Message, MessageBlock } from '../../runtime/contract/threads.ts';
import { openChat, wordsOf } from '../fixtures/chat-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';
import { readServerEvents } from '../fixtures/server-events.ts';

// Thirty conversations through a running kernel, its real SDKs and a player of each wire form: ten on each of three.
const wires = ['anthropic/claude-sonnet-5', 'openai/gpt-5', 'ollama/qwen3'];
const usage = { input_tokens: 11, output_tokens: 5, prompt_tokens: 11, completion_tokens: 5 };
const effects = { echo: { effect: 'read' }, fail: { effect: 'read' } } as const;
const stage = await openChat(t, { echo: { ...echoManifest, tools: effects } });
const { mock } = stage;
const set = async (values: Readonly<Record<string, unknown>>): Promise<void> => {
  for (const [key, value] of Object.entries(values))
    await stage.send('PUT', `/api/settings/${key}`, { value });
};
await set({ 'models.prices': ['anthropic/* 1 1', 'openai/* 1 1'], 'models.retries': 1 });

interface Talk {
  readonly t: Test;
  /** A word that only this conversation has. */
  readonly key: string;
  readonly wire: string;
  readonly thread: string;
  /** Says something with the word in it, and waits for the answer. */
  readonly ask: (text?: string) => Promise<Message>;
}

const call = (name: string, args: string, id: string) => ({ name, arguments: args, id });
const kinds = ({ content }: Message): readonly string[] => content.map(({ type }) => type);
const resultsOf = ({ content }: Message): readonly string[] =>
  content.flatMap((block: MessageBlock) =>
    block.type === 'tool_result' ? block.content.map((part) => (part.type === 'text' ? part.text : '')) : [],
  );

const talks: Readonly<Record<string, (talk: Talk) => Promise<void>>> = {
  streaming: async ({ t, key, wire, thread, ask }) => {
    mock.onMessage(key, { content: 'Good morning to you', usage }, { chunkSize: 4 });
    const heard = readServerEvents(stage.kernel(), thread);
    t.match((await heard.next()).value, { event: 'reset', data: { messages: [], partial: null } });
    const answer = await ask();
    t.match(answer, { status: 'COMPLETED', model: wire, routing: { model: wire, by: 'thread' } });
    t.match(
      answer.usage,
      wire.startsWith('ollama/') ? { costMicros: 0 } : { outputTokens: 5, costMicros: 16 },
    );
    t.equal(answer.usage?.modelCalls, 1);
    const deltas: string[] = [];
    for await (const { event, data } of heard) {
      if (event === 'text') deltas.push(String(data['delta']));
      if (event === 'state' && data['state'] === 'SUCCEEDED') break;
    }
    t.ok(deltas.length > 3, 'in pieces');
    t.equal(deltas.join(''), wordsOf(answer));
  },
  'parallel-tools': async ({ t, key, ask }) => {
    const toolCalls = [
      call('echo__echo', '{"text":"north"}', 'c1'),
      call('echo__echo', '{"text":"south"}', 'c2'),
    ];
    mock.on({ userMessage: key, hasToolResult: false }, { content: 'I look.', toolCalls, usage });
    mock.on({ userMessage: key, hasToolResult: true }, { content: 'Both.', usage });
    const answer = await ask();
    t.same(kinds(answer), ['text', 'tool_call', 'tool_call', 'tool_result', 'tool_result', 'text']);
    t.same([...resultsOf(answer)].sort(), ['north', 'south']);
    t.equal(answer.usage?.modelCalls, 2);
  },
  'tool-error': async ({ t, key, ask }) => {
    mock.on(
      { userMessage: key, hasToolResult: false },
      { toolCalls: [call('echo__fail', '{}', 'c1')], usage },
    );
    mock.on({ userMessage: key, hasToolResult: true }, { content: 'It failed.', usage });
    const answer = await ask();
    t.equal(answer.status, 'COMPLETED');
    t.match(answer.content[1], { type: 'tool_result', isError: true, content: [{ text: 'it went wrong' }] });
  },
  'no-answer': async ({ t, key, wire, ask }) => {
    // Ollama's wire has no word for a refusal.
    if (wire.startsWith('ollama/')) {
      mock.onMessage(key, {
        error: { message: 'model "qwen3" not found, try pulling it first' },
        status: 404,
      });
      const failedReason = /MODEL_REFUSED_REQUEST: .*try pulling it first\. Check the name/;
      t.match(await ask(), { status: 'FAILED', failedReason, content: [] });
      return;
    }
    const finishReason = wire.startsWith('anthropic/') ? 'refusal' : 'content_filter';
    mock.onMessage(key, { content: 'No.', finishReason, usage });
    const answer = await ask();
    t.match(answer, { status: 'FAILED', failedReason: /ANSWER_REFUSED: .*Ask in other words/ });
    t.equal(wordsOf(answer), 'No.', 'what it said is kept');
  },
  'rate-limit': async ({ t, key, ask }) => {
    let asked = 0;
    mock.onMessage(key, () =>
      ++asked === 1
        ? { error: { message: 'slow down', type: 'rate_limit_error' }, status: 429, retryAfter: 1 }
        : { content: 'Now.', usage },
    );
    const startedAt = performance.now();
    const answer = await ask();
    t.equal(wordsOf(answer), 'Now.');
    t.ok(performance.now() - startedAt >= 990, 'it waited as long as it was told to');
    t.equal(asked, 2);
  },
  overloaded: async ({ t, key, ask }) => {
    mock.onMessage(key, { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
    t.match(await ask(), {
      status: 'FAILED',
      failedReason: /MODEL_OVERLOADED: .*Try again later/,
      content: [],
    });
  },
  disconnect: async ({ t, key, ask }) => {
    const words = 'Good morning to you and yours';
    const cut = { chunkSize: 2, truncateAfterChunks: 9, latency: 5 };
    mock.on({ userMessage: key, sequenceIndex: 0 }, { content: words, usage }, cut);
    mock.on({ userMessage: key, sequenceIndex: 1 }, { content: words, usage });
    const answer = await ask();
    t.match(answer, { status: 'COMPLETED', usage: { modelCalls: 2, isEstimated: true } });
    t.equal(wordsOf(answer), words, 'once');
  },
  'bad-call': async ({ t, key, wire, ask }) => {
    // Arguments that are no JSON can be played on one wire only; on the others the tool does not exist.
    const bad = wire.startsWith('openai/')
      ? call('echo__echo', '{"text": "no', 'c1')
      : call('nothing', '{}', 'c1');
    mock.on({ userMessage: key, hasToolResult: false }, { toolCalls: [bad], usage });
    mock.on({ userMessage: key, hasToolResult: true }, { content: 'I was wrong.', usage });
    const answer = await ask();
    const [said = ''] = resultsOf(answer);
    t.match(said, wire.startsWith('openai/') ? /no JSON object/ : /no tool "nothing"/);
    t.equal(wordsOf(answer), 'I was wrong.');
  },
  overflow: async ({ t, key, thread, ask }) => {
    const tooLong = {
      error: {
        message: 'prompt is too long: 200001 tokens > 200000 maximum',
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
      status: 400,
    };
    mock.on({ userMessage: `${key} begin` }, { content: 'Noted: 42.', usage });
    mock.on({ userMessage: `${key} go on`, sequenceIndex: 0 }, tooLong);
    mock.on({ userMessage: `${key} go on`, sequenceIndex: 1 }, { content: 'Still 42.', usage });
    await ask(`begin ${'and so on '.repeat(500)}`);
    const answer = await ask('go on');
    t.match(answer, { status: 'COMPLETED', usage: { modelCalls: 2 } }, String(answer.failedReason));
    t.equal(wordsOf(answer), 'Still 42.');
    const sent = JSON.stringify(
      mock.getRequests().findLast(({ body }) => JSON.stringify(body).includes(`${key} go on`))?.body,
    );
    t.match(sent, /The person named 42/, 'the summary took the place of what it stands for');
    t.notMatch(sent, /and so on and so on/);
    t.equal((await stage.messages(thread)).length, 4, 'nothing that was said is lost');
  },
};

const fallback = async ({ t, key, wire, ask }: Talk): Promise<void> => {
  mock.on(
    { userMessage: key, model: 'broken' },
    { error: { message: 'no such key', type: 'authentication_error' }, status: 401 },
  );
  mock.on({ userMessage: key, model: 'gpt-5' }, { content: 'Instead.', usage });
  const answer = await ask();
  t.match(answer, { status: 'COMPLETED', model: 'openai/gpt-5', routing: { model: wire } });
  t.equal(wordsOf(answer), 'Instead.');
};

async function talk(t: Test, name: string, model: string, run: (talk: Talk) => Promise<void>): Promise<void> {
  const thread = await stage.thread();
  const key = `${name} over ${model.replaceAll(/\W/g, '-')}`;
  await stage.send('PATCH', `/api/threads/${thread}`, { model });
  const ask = async (text = ''): Promise<Message> => {
    await stage.say(thread, `${key} ${text}`.trim());
    return await stage.answer(thread);
  };
  await t.test(key, (t) => run({ t, key, wire: model, thread, ask }));
}

mock.on({ systemMessage: 'You shorten the record' }, { content: 'The person named 42.', usage });
for (const wire of wires)
  await t.test(wire, async (t) => {
    for (const [name, run] of Object.entries(talks)) await talk(t, name, wire, run);
  });
await t.test('fallbacks', async (t) => {
  await set({ 'models.fallbacks': ['openai/gpt-5', 'ollama/qwen3'] });
  for (const wire of wires) await talk(t, 'fallback', `${wire.split('/')[0] ?? ''}/broken`, fallback);
});
