import t from 'tap';
import type { Mountable } from '@copilotkit/aimock';
import { lookAt } from '../fixtures/console-look.ts';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';

/** A download that is half done, and goes on when somebody says so; as https://docs.ollama.com/api/pull has it. */
function halfDownload(): Mountable & { readonly finish: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    finish: resolve,
    handleRequest: async (_request, response) => {
      const line = (told: object): unknown => response.write(`${JSON.stringify(told)}\n`);
      response.setHeader('content-type', 'application/x-ndjson');
      line({ status: 'pulling layer', digest: 'layer', total: 2_000_000_000, completed: 1_000_000_000 });
      await promise;
      line({ status: 'success' });
      response.end();
      return true;
    },
  };
}

await t.test('models in the browser', { skip: noBrowser }, async (t) => {
  const { page, complaints, kernel, mock, send } = await openConsole(t);
  const download = halfDownload();
  mock.mount('/api/pull', download);
  mock.onMessage('ready', { content: 'ready', usage: { prompt_tokens: 12, completion_tokens: 2 } });
  mock.onMessage('Which', {
    content: 'The **first** one.',
    usage: { prompt_tokens: 9, completion_tokens: 4 },
  });
  await send('PUT', '/api/settings/models.fast', { value: 'ollama/llama3.2' });
  await page.goto(`${kernel().url}/models`);

  await t.test('a connection is tested, and tells how long it took', async () => {
    await page.getByRole('button', { name: /^Anthropic/ }).click();
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText(/answered “ready” in \d+/).waitFor();
  });

  await t.test('where a message goes is told while it is typed and the threshold is moved', async (t) => {
    await page.getByRole('textbox', { name: 'Try a message' }).fill('Why? Compare and explain it.');
    await page.getByText('This message would go to anthropic/claude-sonnet-5').waitFor();
    await page.getByText(/^thought \+40/).waitFor();
    const slider = page.getByRole('slider');
    await slider.focus();
    await slider.press('End');
    await page.getByText('This message would go to ollama/llama3.2').waitFor();
    await lookAt(t, page, 'models-filled');
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByText('Saved: Which model answers').waitFor();
    t.match((await send('GET', '/api/settings/models.routerThreshold')).body, { value: 101 });
  });

  await t.test('a model is downloaded with its progress', async () => {
    await page.getByRole('textbox', { name: 'Download a model' }).fill('qwen3');
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    await page.getByRole('progressbar', { name: 'pulling layer 50 %' }).waitFor();
    download.finish();
    await page.getByText('qwen3 is there').waitFor();
  });

  await t.test('two models are compared', async (t) => {
    for (const [label, model] of [
      ['One model', 'anthropic/gpt-4o'],
      ['Another model', 'openai/gpt-4o'],
    ] as const) {
      await page.getByRole('combobox', { name: label }).fill(model);
      await page.getByRole('option', { name: model, exact: true }).click();
    }
    await page.getByRole('textbox', { name: 'Question' }).fill('Which one?');
    await page.getByRole('button', { name: 'Ask both' }).click();
    const answer = page.getByRole('article', { name: 'Answer of openai/gpt-4o' });
    await answer.getByText('first').waitFor();
    t.match(await answer.textContent(), /9 \+ 4 tokens · \$0\.0001/);
    await page.getByRole('article', { name: 'Answer of anthropic/gpt-4o' }).waitFor();
    await lookAt(t, page, 'models-compared');
  });
  t.same(complaints, []);
});
