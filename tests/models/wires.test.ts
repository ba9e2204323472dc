import { once } from 'node:events';
import { createServer } from 'node:http';
import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import type { ModelEvent } from '../../runtime/contract/models.ts';
import { answerOf, endOf, openModels, requestOf } from '../fixtures/model-stage.ts';

// What every wire form must hold to, over the SDK of each provider.
const wires = [
  { model: 'anthropic/claude-sonnet-5', saysUsage: true, saysThinking: true, saysRefusal: 'refusal' },
  { model: 'openai/gpt-5', saysUsage: true, saysThinking: true, saysRefusal: 'content_filter' },
  // The player of Ollama counts no tokens, names its thinking otherwise, and a real one has no word for a refusal.
  { model: 'ollama/qwen3', saysUsage: false, saysThinking: false, saysRefusal: undefined },
];
const usage = { input_tokens: 11, output_tokens: 5, prompt_tokens: 11, completion_tokens: 5 };
const tools = [
  { name: 'weather.look', description: 'Looks', inputSchema: { type: 'object' } },
  { name: 'clock', description: 'Tells', inputSchema: { type: 'object' } },
];

for (const { model, saysUsage, saysThinking, saysRefusal } of wires) {
  // The player of the Messages API sends none, and Ollama's wire cannot.
  const keepsMalformed = model.startsWith('openai/');
  await t.test(model, async (t) => {
    await t.test('text streams in pieces', async (t) => {
      const { mock, models } = await openModels(t);
      mock.onMessage('hello', { content: 'Good morning to you', usage }, { chunkSize: 4 });
      const events = await answerOf(models, requestOf(model, 'hello'));
      const deltas = events.flatMap((event) => (event.type === 'text' ? [event.delta] : []));
      t.equal(deltas.join(''), 'Good morning to you');
      t.ok(deltas.length > 3, 'in pieces');
      const end = endOf(events);
      t.strictSame(end.message, {
        role: 'assistant',
        content: [{ type: 'text', text: 'Good morning to you' }],
      });
      t.equal(end.stop, 'end');
      if (saysUsage) t.match(end.usage, { inputTokens: 11, outputTokens: 5 });
    });

    if (saysThinking)
      await t.test('thinking streams beside the text', async (t) => {
        const { mock, models } = await openModels(t);
        mock.onMessage('hello', { content: 'Good', reasoning: 'A greeting.', usage });
        const events = await answerOf(models, requestOf(model, 'hello', { thinkingTokens: 2000 }));
        t.match(endOf(events).message.content, [
          { type: 'thinking', text: 'A greeting.', provider: model.split('/')[0] },
          { type: 'text', text: 'Good' },
        ]);
      });

    await t.test('parallel tool calls, with their names and results, there and back', async (t) => {
      const { mock, models } = await openModels(t);
      const wireName = model.startsWith('ollama/') ? 'weather.look' : 'weather_look';
      const toolCalls = [
        { name: wireName, arguments: '{"city":"Oslo"}', id: 'one' },
        { name: 'clock', arguments: '{}', id: 'two' },
      ];
      mock.on({ userMessage: 'look', hasToolResult: false }, { toolCalls, usage });
      mock.on({ userMessage: 'look', hasToolResult: true }, { content: 'Rain at noon', usage });
      const request = requestOf(model, 'look', { tools });
      const events = await answerOf(models, request);
      const calls = events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
      t.match(calls, [
        { name: 'weather.look', arguments: { city: 'Oslo' } },
        { name: 'clock', arguments: {} },
      ]);
      t.equal(new Set(calls.map(({ id }) => id)).size, 2);
      const { stop, message } = endOf(events);
      t.equal(stop, 'tool_calls');
      const results = calls.map(({ id }, index) => ({
        type: 'tool_result' as const,
        callId: id,
        isError: index === 1,
        content: [{ type: 'text' as const, text: `result ${index}` }],
      }));
      const again = await answerOf(models, {
        ...request,
        messages: [...request.messages, message, { role: 'user', content: results }],
      });
      t.match(endOf(again).message.content, [{ text: 'Rain at noon' }]);
      const sent = JSON.stringify(mock.getLastRequest()?.body);
      t.match(sent, /result 0/);
      t.match(sent, wireName);
    });

    if (saysRefusal)
      await t.test('a refusal and an answer that grew too long say so', async (t) => {
        const { mock, models } = await openModels(t);
        mock.onMessage('bad', { content: 'No.', finishReason: saysRefusal, usage });
        mock.onMessage('long', { content: 'And so', finishReason: 'length', usage });
        t.equal(endOf(await answerOf(models, requestOf(model, 'bad'))).stop, 'refusal');
        t.equal(endOf(await answerOf(models, requestOf(model, 'long'))).stop, 'length');
      });

    await t.test('429: waits as long as the provider says, then asks again', async (t) => {
      const { mock, models, waits } = await openModels(t);
      let asked = 0;
      mock.onMessage('hello', () =>
        ++asked === 1
          ? { error: { message: 'slow down', type: 'rate_limit_error' }, status: 429, retryAfter: 7 }
          : { content: 'Good', usage },
      );
      t.match(endOf(await answerOf(models, requestOf(model, 'hello'))).message.content, [{ text: 'Good' }]);
      t.strictSame(waits, [7000]);
    });

    await t.test('a wait that is too long is left to who asked', async (t) => {
      const { mock, models, waits } = await openModels(t);
      mock.onMessage('hello', { error: { message: 'slow down' }, status: 429, retryAfter: 3600 });
      await t.rejects(answerOf(models, requestOf(model, 'hello')), {
        code: 'MODEL_RATE_LIMITED',
        data: { model, retryAfterMs: 3_600_000, problem: 'slow down' },
      });
      t.strictSame(waits, []);
    });

    await t.test('529 is tried again, a bounded number of times', async (t) => {
      const { mock, models, waits } = await openModels(t);
      mock.onMessage('hello', { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
      await t.rejects(answerOf(models, requestOf(model, 'hello')), { code: 'MODEL_OVERLOADED' });
      t.strictSame(waits, [375, 750], 'three quarters of a half and of a second, by the given dice');
      t.equal(mock.getRequests().length, 3);
    });

    await t.test('what trying again does not help is not tried again', async (t) => {
      const { mock, models, waits } = await openModels(t);
      const cases = [
        ['key', { message: 'invalid x-api-key', type: 'authentication_error' }, 401, 'MODEL_AUTH'],
        ['quota', { message: 'no credit', code: 'insufficient_quota' }, 429, 'MODEL_AUTH'],
        [
          'long',
          { message: 'prompt is too long: 200001 tokens > 200000 maximum', code: 'context_length_exceeded' },
          400,
          'MODEL_CONTEXT_TOO_LONG',
        ],
        ['missing', { message: 'no such model', type: 'not_found_error' }, 404, 'MODEL_REFUSED_REQUEST'],
      ] as const;
      for (const [text, error, status, code] of cases) {
        // Only OpenAI has a code beside the text.
        if (text === 'quota' && !model.startsWith('openai/')) continue;
        mock.onMessage(text, { error, status });
        await t.rejects(answerOf(models, requestOf(model, text)), { code, data: { model } });
      }
      t.strictSame(waits, []);
    });

    await t.test(
      'a disconnect in mid-stream is no end, and what was passed on is not asked again',
      async (t) => {
        const { mock, models, waits } = await openModels(t);
        mock.onMessage(
          'hello',
          { content: 'Good morning to you', usage },
          { chunkSize: 2, truncateAfterChunks: 9, latency: 20 },
        );
        const seen: ModelEvent[] = [];
        await t.rejects(
          async () => {
            for await (const event of models.stream(requestOf(model, 'hello'), AbortSignal.any([])))
              seen.push(event);
          },
          { code: 'MODEL_UNREACHABLE' },
        );
        t.ok(seen.some(({ type }) => type === 'text'));
        t.notOk(seen.some(({ type }) => type === 'end'));
        t.strictSame(waits, []);
      },
    );

    if (keepsMalformed)
      await t.test('arguments that are no JSON, or nested without end, are kept as they are', async (t) => {
        const { mock, models } = await openModels(t);
        for (const [index, malformed] of [
          '{"city": "Os',
          `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
        ].entries()) {
          const toolCalls = [{ name: 'clock', arguments: malformed, id: 'one' }];
          mock.onMessage(`look ${index}`, { toolCalls, usage });
          const { message } = endOf(await answerOf(models, requestOf(model, `look ${index}`, { tools })));
          t.match(message.content, [{ type: 'tool_call', arguments: {}, malformed }]);
        }
      });

    await t.test('silence before and within an answer is a timeout', async (t) => {
      const { mock, models, set, waits } = await openModels(t);
      await set({ timeoutMs: 100 });
      mock.onMessage('hello', { content: 'Good morning', usage }, { latency: 400 });
      mock.onMessage(
        'slowly',
        { content: 'Good morning', usage },
        {
          chunkSize: 1,
          streamingProfile: { ttft: 0, tps: 2 },
        },
      );
      for (const text of ['hello', 'slowly'])
        await t.rejects(answerOf(models, requestOf(model, text)), {
          code: 'MODEL_TIMEOUT',
          data: { timeoutMs: 100 },
        });
      t.strictSame(waits, []);
    });

    await t.test(
      'an abort in mid-stream ends it with its own reason, and the provider notices',
      async (t) => {
        const { mock, models } = await openModels(t);
        mock.onMessage(
          'hello',
          { content: 'Good morning. '.repeat(50), usage },
          { chunkSize: 4, latency: 10 },
        );
        const controller = new AbortController();
        const reason = new Error('the person pressed stop');
        const asked = async (): Promise<void> => {
          for await (const event of models.stream(requestOf(model, 'hello'), controller.signal))
            if (event.type === 'text') controller.abort(reason);
        };
        await t.rejects(asked(), reason);
        await t.rejects(answerOf(models, requestOf(model, 'hello'), controller.signal), reason);
      },
    );

    await t.test('who redirects does not send the key and what was said to another host', async (t) => {
      const { mock, models, set } = await openModels(t);
      mock.onMessage('hello', { content: 'Caught' });
      const luring = createServer(({ url }, res) =>
        res.writeHead(307, { location: `${mock.url}${url}` }).end(),
      );
      luring.listen(0, '127.0.0.1');
      await once(luring, 'listening');
      t.teardown(() => luring.close());
      const address = luring.address();
      const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      await set({ 'anthropic.baseUrl': url, 'openai.baseUrl': `${url}/v1`, 'ollama.url': url });
      await t.rejects(answerOf(models, requestOf(model, 'hello')), {
        code: 'MODEL_UNREACHABLE',
        message: /it redirects to .*address of the settings only/,
      });
      t.same(mock.getRequests(), [], 'nothing came to the other host');
    });

    await t.test('nobody there', async (t) => {
      const { mock, models, waits } = await openModels(t);
      await mock.stop();
      await t.rejects(answerOf(models, requestOf(model, 'hello')), {
        code: 'MODEL_UNREACHABLE',
        message: /ECONNREFUSED/,
      });
      t.equal(waits.length, 2);
      await mock.start();
    });
  });
}

await t.test(
  'a changed setting is in force at the next call, and a missing one says what to set',
  async (t) => {
    const { mock, models, set, keys } = await openModels(t);
    mock.onMessage('hello', { content: 'Good', usage });
    await answerOf(models, requestOf('openai/gpt-5', 'hello'));
    await set({ 'openai.apiKey': 'another-key' });
    await answerOf(models, requestOf('openai/gpt-5', 'hello'));
    t.strictSame(keys, ['Bearer key-of-openai', 'Bearer another-key']);
    await set({ 'openai.apiKey': null });
    await t.rejects(answerOf(models, requestOf('openai/gpt-5', 'hello')), {
      code: 'MODEL_NOT_CONFIGURED',
      message: /nexus settings set models\.openai\.apiKey/,
    });
    const unknown = await answerOf(models, requestOf('gpt-5', 'hello')).catch((error: unknown) => error);
    t.ok(
      unknown instanceof NexusError && /provider\/model, with one of anthropic, openai/.test(unknown.message),
    );
  },
);
