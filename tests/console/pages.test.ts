import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mountable } from '@copilotkit/aimock';
import type { Route } from 'playwright-core';
import t from 'tap';
import { lookAt } from '../fixtures/console-look.ts';
import { consolePaths } from '../fixtures/console-routes.ts';
import { keepScreenshot, noBrowser, openConsole } from '../fixtures/console-stage.ts';
import { copyEchoPlugin, echoManifest } from '../fixtures/nexus-command.ts';

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

await t.test('every page as it is at first, and those with forms', { skip: noBrowser }, async (t) => {
  const stage = await openConsole(t, { echo: echoManifest });
  const { page, context, complaints, kernel, go, home, mock, send } = stage;

  await t.test('each page fits three widths and both colour schemes', async (t) => {
    const paths = consolePaths('echo');
    t.ok(paths.length > 1, 'the routes were found');
    for (const path of paths) {
      await go(path);
      await lookAt(t, page, path.slice(1).replaceAll('/', '-'));
    }
    await page.getByRole('button', { name: 'Light colours' }).click();
    await keepScreenshot(page, 'light-colours');
    await page.getByRole('button', { name: 'Dark colours' }).click();
  });

  await t.test('a schedule is proposed, armed, paused, removed', async () => {
    await go('/schedules');
    await page.getByRole('heading', { name: 'Nothing is scheduled' }).waitFor();
    await page.getByLabel('What the assistant is asked').fill('Water the plants');
    await page.getByLabel('When').fill('70 9 * * 1');
    await page.getByRole('button', { name: 'Propose' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('When').fill('0 9 * * 1');
    await page.getByRole('button', { name: 'Propose' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'Water the plants' });
    await row.getByText('proposed', { exact: true }).waitFor();
    await row.getByText(/only on Monday/).waitFor();
    await row.getByRole('button', { name: 'Arm' }).click();
    await row.getByText('armed', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Pause' }).click();
    await row.getByText('paused', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Nothing is scheduled' }).waitFor();

    await page.getByRole('radiogroup', { name: 'What is done' }).getByText('Run a tool').click();
    await page.getByRole('combobox', { name: 'Tool' }).click();
    await page.getByRole('option').first().click();
    await page.getByLabel('Arguments').fill('{"text":');
    await page.getByText('This is no JSON object').waitFor();
    await page.getByLabel('Arguments').fill('{"text":"hi"}');
    await page.getByLabel('When').fill('0 9 1 * *');
    await page.getByRole('button', { name: 'Propose' }).click();
    await page.getByRole('listitem').getByText('{"text":"hi"}').waitFor();
  });

  await t.test('what is kept in mind, and what plugins teach', async (t) => {
    await writeFile(join(home.workspace, 'USER.md'), 'She is called Ada. <img src=x onerror=alert(1)>');

    await go('/memory');
    await page.getByRole('heading', { name: 'Nothing is kept in mind yet' }).waitFor();
    await page.getByLabel('What assistants should know').fill('The report is due on Fridays.');
    await page.getByRole('button', { name: 'Keep in mind' }).click();
    const kept = page.getByRole('listitem').filter({ hasText: 'The report is due on Fridays.' });
    await kept.getByText('you stand behind it').waitFor();
    await page.getByLabel('Search').fill('fridays');
    await kept.getByRole('button', { name: 'Throw away' }).click();
    await page.getByRole('heading', { name: 'Nothing was found' }).waitFor();
    await page.getByRole('tab', { name: 'Trash' }).click();
    await kept.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();
    await page.getByRole('tab', { name: 'Memories' }).click();
    await kept.getByRole('button', { name: 'Throw away' }).click();
    await page.getByRole('tab', { name: 'Trash' }).click();
    await kept.waitFor();
    await page.getByRole('button', { name: 'Empty the trash' }).click();
    await page.getByRole('textbox', { name: 'Type trash' }).fill('trash');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('1 record is gone for good').waitFor();
    await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();

    await page.getByRole('tab', { name: 'Files' }).click();
    const profile = page.getByRole('region', { name: 'USER.md' });
    await profile.getByText('She is called Ada.').waitFor();
    await profile.getByText('of unknown origin').waitFor();
    await profile.getByRole('button', { name: 'Stand behind this content' }).click();
    await profile.getByText('you stand behind it').waitFor();
    await writeFile(join(home.workspace, 'USER.md'), 'She is called Eve.');
    await page.reload();
    await profile.getByText('of unknown origin').waitFor();
    await profile.getByRole('button', { name: 'Edit USER.md' }).click();
    const text = profile.getByRole('textbox', { name: 'Text of USER.md' });
    await text.and(page.locator(':focus')).waitFor();
    await text.fill('She is called Ada.');
    await lookAt(t, page, 'memory-file');
    const question = page.waitForEvent('dialog');
    const left = page.getByRole('tab', { name: 'Memories' }).click();
    await (await question).dismiss();
    await left;
    await profile.getByRole('button', { name: 'Save' }).click();
    await profile.getByText('you stand behind it').waitFor();

    await go('/skills');
    await page.getByRole('heading', { name: 'No plugin brings skills' }).waitFor();
    const dir = await copyEchoPlugin(home.plugins);
    await mkdir(join(dir, 'skills/greet'), { recursive: true });
    const skill = '---\nname: greet\ndescription: How to greet people\n---\n\n# Greeting\n\nSay *hello*.\n';
    await writeFile(join(dir, 'skills/greet/SKILL.md'), skill);
    await home.writeManifest('taught', { source: { plugin: 'echo-plugin' } });
    await page.getByRole('button', { name: /taught\/greet/ }).click();
    await page.getByRole('heading', { name: 'Greeting' }).waitFor();
  });

  await t.test('models', async (t) => {
    const download = halfDownload();
    mock.mount('/api/pull', download);
    mock.onMessage('ready', { content: 'ready', usage: { prompt_tokens: 12, completion_tokens: 2 } });
    mock.onMessage('Which', {
      content: 'The **first** one.',
      usage: { prompt_tokens: 9, completion_tokens: 4 },
    });
    await send('PUT', '/api/settings/models.fast', { value: 'ollama/llama3.2' });
    await go('/models');

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
      // A provider that takes its time to say which models it has.
      const slow = Promise.withResolvers<Route>();
      await page.route('**/api/models', slow.resolve, { times: 1 });
      await page.getByRole('button', { name: 'Save 1 change' }).click();
      const asked = await slow.promise;
      const key = page.getByLabel('Key of the account: Anthropic', { exact: true });
      await key.fill('another-key');
      t.equal(await page.getByText('Changed meanwhile').count(), 0, 'nobody else changed it');
      await asked.continue();
      await page.getByText('Saved: Which model answers').waitFor();
      await page
        .getByRole('form', { name: 'Which model answers' })
        .getByRole('button', { name: 'Nothing to save' })
        .waitFor();
      t.equal(await key.inputValue(), 'another-key', 'what is typed while another form is saved stays');
      await page.getByRole('button', { name: 'Discard' }).click();
      t.match((await send('GET', '/api/settings/models.routerThreshold')).body, { value: 101 });
    });

    await t.test('a model is downloaded with its progress', async () => {
      await page.getByRole('textbox', { name: 'Download a model' }).fill('qwen3');
      await page.getByRole('button', { name: 'Download', exact: true }).click();
      await page.getByRole('progressbar', { name: 'pulling layer 50 %' }).waitFor();
      const question = page.waitForEvent('dialog');
      const left = page.getByRole('link', { name: 'Chat', exact: true }).click();
      await (await question).dismiss();
      await left;
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
  });

  // The last one: it signs out.
  await t.test('a password, a token and the browsers that are in', async (t) => {
    await page.goto(`${kernel().url}/access`);

    await page.getByLabel('New password', { exact: true }).fill('a long password');
    await page.getByLabel('New password again').fill('another password');
    t.ok(await page.getByRole('button', { name: 'Set the password' }).isDisabled(), 'typed twice');
    await page.getByLabel('New password again').fill('a long password');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByLabel('Current password').waitFor();

    await page.getByLabel('Name').fill('a reader');
    await page.getByRole('checkbox', { name: 'tools' }).uncheck();
    await page.getByRole('checkbox', { name: 'read' }).check();
    await page.getByRole('button', { name: 'Make a token' }).click();
    const token = (await page.getByRole('alert').locator('code').textContent()) ?? '';
    const asked = (method: string, path: string): Promise<number> =>
      fetch(`${kernel().url}${path}`, { method, headers: { authorization: `Bearer ${token}` } }).then(
        ({ status }) => status,
      );
    t.equal(await asked('GET', '/api/plugins'), 200, 'a token for reading reads');
    t.equal(await asked('POST', '/api/purge'), 403, 'and does nothing else');
    await page.getByRole('button', { name: 'Revoke a reader' }).click();
    await page.getByRole('textbox', { name: /Type a reader/ }).fill('a reader');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('There is none yet.').waitFor();
    t.equal(await asked('GET', '/api/plugins'), 401, 'a revoked one is nobody');

    const other = await context.browser()?.newContext();
    const stranger = await other?.newPage();
    await stranger?.goto(kernel().url);
    await stranger?.getByLabel('Password', { exact: true }).fill('a long password');
    await stranger?.getByRole('button', { name: 'Sign in' }).click();
    await stranger?.getByRole('navigation').first().waitFor();
    await page.reload();
    await page.getByRole('button', { name: /^Sign out: Chrome on Linux/ }).click();
    await page.getByRole('button', { name: /^Sign out:/ }).waitFor({ state: 'detached' });
    await stranger?.goto(`${kernel().url}/access`);
    await stranger?.getByRole('heading', { name: 'Sign in to Nexus' }).waitFor();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('heading', { name: 'Sign in to Nexus' }).waitFor();
  });
  t.same(complaints, []);
});
