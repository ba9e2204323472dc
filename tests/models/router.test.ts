import t from 'tap';
import { routeInputSchema } from '../../runtime/contract/routing.ts';
import { routeMessage, type RouterChoices } from '../../runtime/models/router.ts';

const choices: RouterChoices = {
  standard: 'anthropic/large',
  fast: 'ollama/small',
  threshold: 30,
  fallbacks: ['openai/other', 'ollama/small'],
};
const route = (message: string, more: object = {}) =>
  routeMessage(routeInputSchema.parse({ message, ...more }), choices);

await t.test('what is simple goes to the fast model, and its parts add up to the score', async (t) => {
  const simple = route('What time is it?');
  t.match(simple, { model: 'ollama/small', by: 'router', score: 0, threshold: 30, parts: [] });
  t.strictSame(simple.fallbacks, ['openai/other', 'anthropic/large'], 'never itself');

  const complex = route('Analyze this design, then compare:\n```ts\nfunction a() {}\n```', {
    tools: 20,
    historyTokens: 9_000,
  });
  t.match(complex, { model: 'anthropic/large', by: 'router' });
  t.match(
    complex.parts.find(({ name }) => name === 'thought'),
    { points: 40, why: 'analyze, design, compare' },
  );
  t.equal(
    complex.score,
    complex.parts.reduce((sum, { points }) => sum + points, 0),
  );
  t.strictSame(complex.fallbacks, ['openai/other', 'ollama/small']);
});

await t.test('no message, however long, counts more than a hundred', async (t) => {
  const long = 'Why plan, explain, analyze? 1. ```x```\n'.repeat(5_000);
  t.equal(route(long, { tools: 500, images: 9, historyTokens: 1_000_000 }).score, 100);
});

await t.test(
  'what the thread chose is taken before what the assistant chose, and both before the router',
  async (t) => {
    const both = { threadModel: 'a/thread', assistantModel: 'b/assistant' };
    t.match(route('Hi', both), { model: 'a/thread', by: 'thread' });
    t.match(route('Hi', { assistantModel: 'b/assistant' }), {
      model: 'b/assistant',
      by: 'assistant',
      fallbacks: ['openai/other', 'ollama/small', 'anthropic/large'],
    });
  },
);
