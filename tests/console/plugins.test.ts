import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { lookAt } from '../fixtures/console-look.ts';
import { barriersOf, keepScreenshot, noBrowser, openConsole, widths } from '../fixtures/console-stage.ts';
import { copyEchoPlugin, echoManifest } from '../fixtures/nexus-command.ts';

const server = fileURLToPath(new URL('../fixtures/echo-plugin/server.mjs', import.meta.url));
/** It cannot start until a person changes a setting. */
const wrong = {
  source: { command: 'node', args: ['${settings.option}', server] },
  settings: {
    option: { type: 'string', title: 'Option of Node', default: '--no-such-option' },
    key: { type: 'string', title: 'Access key', sensitive: true },
  },
};

await t.test('plugins in the browser', { skip: noBrowser }, async (t) => {
  const { page, complaints, go, home, send } = await openConsole(t, { echo: echoManifest, wrong });

  await t.test('a red plugin is repaired from the reason it shows', async (t) => {
    await go('/plugins');
    await page
      .getByText(/bad option/)
      .first()
      .waitFor();
    await keepScreenshot(page, 'journey-red-plugin');
    await page.getByRole('link', { name: 'wrong', exact: true }).click();
    t.match(await page.getByRole('alert').first().textContent(), /--no-such-option/);
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('textbox', { name: 'Option of Node', exact: true }).fill('--no-warnings');
    await page.getByLabel('Access key', { exact: true }).fill('very secret');
    await page.getByRole('button', { name: 'Save 2 changes' }).click();
    await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
    await page.getByRole('button', { name: 'Test with what is saved' }).click();
    await page.getByText(/^It answered in/).waitFor();
    await page.locator('.state-pill', { hasText: 'active' }).waitFor();
    t.equal(await page.getByText('bad option').count(), 0, 'nothing is red any more');
    t.equal(
      await page.getByLabel('Access key', { exact: true }).inputValue(),
      '',
      'a secret is not shown again',
    );
    await keepScreenshot(page, 'journey-repaired-plugin');
  });

  await t.test('what somebody else changed meanwhile is not saved over unseen', async (t) => {
    const address = '/api/settings/plugin.wrong.option';
    await go('/plugins/wrong?tab=settings');
    await page.getByRole('textbox', { name: 'Option of Node', exact: true }).fill('--trace-warnings');
    await send('PUT', address, { value: '--no-deprecation' });
    await page.getByRole('alert').getByText('Changed meanwhile: Option of Node').waitFor();
    await page.getByRole('alert').getByText('--no-deprecation').first().waitFor();
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByText('SETTING_STALE').waitFor();
    t.match((await send('GET', address)).body, { value: '--no-deprecation' });
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
    t.match((await send('GET', address)).body, { value: '--trace-warnings' });
  });

  await t.test('whether a tool asks is told as it is, and changed in place', async () => {
    await go('/plugins/echo?tab=tools');
    const tool = page.locator('.plugin-tool', { hasText: 'Reports an error of its own' });
    const approval = tool.getByLabel('Approval of fail');
    await tool.getByText('the assistant asks before it uses it').waitFor();
    await approval.selectOption('A person allows each run');
    await tool.getByText('a person allows each run', { exact: true }).waitFor();
    await approval.selectOption('Nobody is asked');
    await page
      .getByRole('alert')
      .getByText(/would run without asking/)
      .waitFor();
    await tool.getByText('a person allows each run', { exact: true }).waitFor();
    await lookAt(t, page, 'plugin-tools-held');
    await page.getByRole('link', { name: 'See what waits for approval' }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Nothing waits for approval').waitFor();
    await page.getByRole('tab', { name: /^Tools/ }).click();
    await tool.getByText('runs without asking').waitFor();
  });

  await t.test('a setting of several lines stays one', async (t) => {
    const address = '/api/settings/persona.instructions';
    await send('PUT', address, { value: 'one\ntwo' });
    await go('/settings/persona');
    const field = page.getByRole('textbox', { name: /^Your own instructions/ });
    await field.press('ControlOrMeta+End');
    await field.pressSequentially('!');
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
    t.match((await send('GET', address)).body, { value: 'one\ntwo!' });
    await send('PUT', address, { value: null });
  });

  await t.test('dialogs, drawers and what is filled in wrongly keep nobody out', async (t) => {
    const look = async (what: string): Promise<void> => {
      for (const scheme of ['light', 'dark']) {
        await page.evaluate(`document.documentElement.dataset.mantineColorScheme = '${scheme}'`);
        await keepScreenshot(page, `${what}-${scheme}`);
        t.same(await barriersOf(page, ['button-name', 'color-contrast']), [], `${what}, ${scheme}`);
      }
    };
    await go('/plugins/echo');
    const remove = page.getByRole('button', { name: 'Remove', exact: true });
    await remove.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).waitFor();
    await look('dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await remove.and(page.locator(':focus')).waitFor();
    await go('/settings/models');
    await page.getByRole('textbox', { name: 'Where it answers: OpenAI', exact: true }).fill('nonsense');
    await page.getByText('1 unsaved').waitFor();
    await look('faulty-setting');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.setViewportSize({ width: widths.phone, height: 844 });
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('dialog', { name: 'All pages' }).getByRole('button', { name: 'Close' }).waitFor();
    await look('drawer');
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.match(page.url(), /\/settings\/models$/, 'back closes it and leaves no page');
    await go('/plugins/echo?tab=approval');
    const tab = await page.getByRole('tab', { name: 'Approval' }).boundingBox();
    t.ok(tab !== null && tab.x + tab.width <= widths.phone, 'the tab that a link names is in view');
    await page.setViewportSize({ width: widths.desktop, height: 900 });
  });

  await t.test('a tool is tried by its form, and an earlier run is repeated', async (t) => {
    await go('/plugins/echo?tab=tools');
    await page.getByRole('link', { name: 'Try echo', exact: true }).click();
    const text = page.getByLabel(/^text/);
    await text.waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('This is needed.').first().waitFor();
    await text.fill('Hello from a form');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const answer = page.getByLabel('Answer', { exact: true });
    await answer.waitFor();
    t.equal((await answer.textContent())?.trim(), 'Hello from a form');
    await keepScreenshot(page, 'journey-tried-tool');
    await page.getByText('JSON', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Arguments', exact: true }).fill('{"text": "Hello from JSON"}');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByLabel('Answer', { exact: true }).getByText('Hello from JSON').waitFor();
    await page.getByRole('button', { name: 'Run again' }).last().click();
    await page.getByLabel('Answer', { exact: true }).getByText('Hello from a form').waitFor();
  });

  await t.test('a configuration is pasted, looked at, added and approved', async (t) => {
    await go('/plugins/add');
    const own = join(await copyEchoPlugin(home.root), 'server.mjs');
    const config = { mcpServers: { pasted: { command: 'node', args: [own] } } };
    await page.getByRole('textbox', { name: 'Configuration' }).fill(JSON.stringify(config));
    await page.getByRole('button', { name: 'See what it would do' }).click();
    t.match(await page.locator('pre[aria-label="Command"]').textContent(), own, 'the exact command is shown');
    await keepScreenshot(page, 'journey-plan');
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByRole('link', { name: 'Review and approve pasted' }).click();
    await page.getByLabel('What differs: pasted').getByText(`runs: node ${own}`).waitFor();
    await keepScreenshot(page, 'journey-approval');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Nothing waits for approval').waitFor();
    await page.getByRole('tab', { name: 'Tools (8)' }).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByLabel(/^Type/).fill('pasted');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('link', { name: 'echo', exact: true }).waitFor();
    t.equal(await page.getByRole('link', { name: 'pasted', exact: true }).count(), 0);
  });

  await t.test(
    'what is not saved is asked about before it is left, what is typed in the chat is kept',
    async (t) => {
      const asks = async (leave: () => Promise<unknown>, isLeaving: boolean): Promise<string> => {
        const [dialog] = await Promise.all([
          page.waitForEvent('dialog').then(async (asked) => {
            await (isLeaving ? asked.accept() : asked.dismiss());
            return asked;
          }),
          leave(),
        ]);
        return dialog.type();
      };
      const logs = page.getByRole('link', { name: 'Logs', exact: true });
      await go('/plugins');
      await page.getByRole('link', { name: 'wrong', exact: true }).click();
      await page.getByRole('tab', { name: 'Settings' }).click();
      const option = page.getByRole('textbox', { name: 'Option of Node', exact: true });
      await option.fill('--not-saved');
      await page.getByRole('tab', { name: 'Access' }).click();
      await page.getByRole('tab', { name: 'Settings' }).click();
      t.equal(await asks(() => logs.click(), false), 'confirm');
      t.equal(await asks(() => page.goBack(), false), 'confirm');
      t.equal(await option.inputValue(), '--not-saved', 'nothing of it is lost');
      t.equal(await asks(() => page.reload(), true), 'beforeunload');
      t.not(await option.inputValue(), '--not-saved');
      await option.fill('--not-saved');
      t.equal(await asks(() => page.goBack(), true), 'confirm');
      await page.getByRole('heading', { name: 'Plugins', level: 1 }).waitFor();
      await page.getByRole('link', { name: 'Chat', exact: true }).click();
      const message = page.getByRole('textbox', { name: 'Message' });
      await message.fill('a long draft');
      await logs.click();
      await page.getByRole('link', { name: 'Chat', exact: true }).click();
      t.equal(await message.inputValue(), 'a long draft');
      await page.reload();
      t.equal(await message.inputValue(), 'a long draft');
      await message.fill('');
    },
  );

  await t.test('an image is shown as one', async () => {
    await go('/plugins/echo?tab=tools&tool=mixed');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('img', { name: 'Answer of the tool' }).waitFor();
  });

  await t.test('what is removed elsewhere is gone here', async () => {
    await go('/plugins/wrong');
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('Once it is enabled, as it was agreed to').waitFor();
    await page.getByText('may not start any other').waitFor();
    await lookAt(t, page, 'plugin-disabled');
    await send('DELETE', '/api/plugins/wrong');
    await page.getByText('There is no such plugin').waitFor();
  });

  await t.test('the connection is checked as a client would use it', async () => {
    await go('/connect');
    await page.getByRole('button', { name: 'Make a token', exact: true }).click();
    await page.getByRole('button', { name: 'Check the connection' }).click();
    await page.getByText(/^It works: \d+ tools/).waitFor();
    await keepScreenshot(page, 'journey-connected');
  });

  t.same(complaints, []);
});
