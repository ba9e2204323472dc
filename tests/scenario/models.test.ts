import { LLMock, type Mountable } from '@copilotkit/aimock';
import t from 'tap';
import { modelListSchema, modelTestSchema } from '../../runtime/contract/models.ts';
import { routingDecisionSchema } from '../../runtime/contract/routing.ts';
import { usageViewSchema } from '../../runtime/contract/usage.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';
import { runNexus } from '../fixtures/nexus-command.ts';

/** The answer of Ollama's documentation to a download (https://docs.ollama.com/api/pull), which the player does not know. */
let pulls = 0;
const pulling: Mountable = {
  handleRequest: async (_req, res) => {
    // A connection that was kept and is closed just when it is used again.
    if ((pulls += 1) === 1) {
      res.destroy();
      return true;
    }
    res.setHeader('content-type', 'application/x-ndjson');
    for (const line of [
      { status: 'pulling manifest' },
      { status: 'pulling digestname', digest: 'digestname', total: 2_142_590_208, completed: 241_970 },
      { status: 'pulling digestname', digest: 'digestname', total: 2_142_590_208, completed: 2_142_590_208 },
      { status: 'success' },
    ])
      res.write(`${JSON.stringify(line)}\n`);
    res.end();
    return true;
  },
};

const mock = await LLMock.create({ port: 0, host: '127.0.0.1', strict: true });
mock.mount('/api/pull', pulling);
mock.onMessage('ready', { content: 'ready', usage: { prompt_tokens: 12, completion_tokens: 2 } });
const home = await createKernelHome({});
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
  await mock.stop();
});
const api = apiOf(kernel);
const nexus = (...args: string[]) => runNexus([...args, '--data', home.data]);
const set = async (key: string, value: string) => {
  const { code, stderr } = await nexus('settings', 'set', key, value);
  if (code !== 0) throw new Error(stderr);
};

await t.test('without a provider everything says what to set', async (t) => {
  t.match(await api.get('/api/models', modelListSchema), { models: [], problems: [] });
  t.match((await nexus('models')).stdout, /nexus settings set models\.anthropic\.apiKey/);
  const refused = await api.refused('POST', '/api/models/route-preview', { message: 'Hi' });
  t.match(refused, { status: 424, code: 'MODEL_NOT_CONFIGURED', message: /models\.default/ });
  const { code, stderr } = await nexus('models', 'test', 'openai/gpt-5');
  t.equal(code, 1);
  t.match(stderr, /nexus settings set models\.openai\.apiKey/);
});

await t.test('set up while it runs: listed, tested, downloaded, routed, paid for', async (t) => {
  await set('models.openai.baseUrl', `${mock.url}/v1`);
  await runNexus(['settings', 'set', 'models.openai.apiKey', '--data', home.data], { input: 'a-key\n' });
  await set('models.ollama.url', mock.url);
  await set('models.default', 'openai/gpt-5');
  await set('models.fast', 'ollama/qwen3');

  const { models } = await api.get('/api/models', modelListSchema);
  t.ok(models.some(({ model }) => model.startsWith('openai/')));
  t.ok(models.some(({ model }) => model.startsWith('ollama/')));
  const tested = modelTestSchema.parse(
    (await api.send('POST', '/api/models/test', { model: 'openai/gpt-5' })).body,
  );
  t.match(tested, { text: 'ready', inputTokens: 12, outputTokens: 2 });
  const pulled = await nexus('models', 'pull', 'ollama/qwen3');
  t.match(pulled, { code: 0, stdout: /ollama\/qwen3 is there/, stderr: /pulling digestname 100 %/ });
  const preview = await api.send('POST', '/api/models/route-preview', { message: 'Hi' });
  t.match(routingDecisionSchema.parse(preview.body), { model: 'ollama/qwen3', fallbacks: ['openai/gpt-5'] });
  t.match(
    (await nexus('models', 'route', 'Why? Compare and analyze it.')).stdout,
    /^openai\/gpt-5 .*\n {2}\+/,
  );

  // 12 tokens at $1.25 and 2 at $10 for a million: 35 micro-dollars.
  const usage = await api.get('/api/usage', usageViewSchema);
  t.match(usage.sums, [{ group: 'openai/gpt-5', calls: 1, costMicros: 35, unknownCalls: 0 }]);
  await set('budgets.tenantPerDay', '0.00004');
  const over = await api.refused('POST', '/api/models/test', { model: 'openai/gpt-5' });
  t.match(over, { status: 402, code: 'BUDGET_EXCEEDED', message: /budgets\.tenantPerDay/ });
  t.match(
    (await nexus('usage')).stdout,
    /openai\/gpt-5 +1 +12 +0 +2 +\$0\.000035[^]*Today tenant default: \$0\.000035 of \$0\.000040/,
  );
});
