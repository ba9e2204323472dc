import t from 'tap';
import { answerOf, endOf, openModels, requestOf } from '../../fixtures/model-stage.ts';

const model = 'anthropic/claude-sonnet-5';

await t.test('text and thinking stream; the thinking goes back as it came', async (t) => {
  const { mock, models } = await openModels(t);
  mock.onMessage('hello', {
    content: 'Good morning',
    reasoning: 'A greeting.',
    reasoningSignature: 'signed',
    usage: { input_tokens: 12, output_tokens: 7 },
  });
  const events = await answerOf(models, requestOf(model, 'hello', { thinkingTokens: 2000 }));
  const text = events.flatMap((event) => (event.type === 'text' ? [event.delta] : [])).join('');
  const thought = events.flatMap((event) => (event.type === 'thinking' ? [event.delta] : [])).join('');
  t.strictSame([text, thought], ['Good morning', 'A greeting.']);
  const { message, stop, usage } = endOf(events);
  t.equal(stop, 'end');
  t.match(usage, { inputTokens: 12, outputTokens: 7 });
  t.match(message.content, [
    { type: 'thinking', text: 'A greeting.', provider: 'anthropic' },
    { type: 'text', text: 'Good morning' },
  ]);

  const first = requestOf(model, 'hello');
  await answerOf(models, { ...first, messages: [...first.messages, message, ...first.messages] });
  const sent = JSON.stringify(mock.getLastRequest()?.body);
  t.match(sent, /"Good morning"/);
});
