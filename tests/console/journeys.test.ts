import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { overviewSchema } from '../../runtime/contract/overview.ts';
import { keepScreenshot, noBrowser, openConsole } from '../fixtures/console-stage.ts';
import { copyEchoPlugin, echoManifest } from '../fixtures/nexus-command.ts';
import { zipBytes } from '../fixtures/zip-file.ts';

/** One of those that the played provider offers. */
const model = 'anthropic/claude-3-5-sonnet-20241022';
const password = 'a long password';
const retries = 'Further tries when a provider is overloaded or cannot be reached';
const server = fileURLToPath(new URL('../fixtures/echo-plugin/server.mjs', import.meta.url));
/** It works once a person has filled in its token. */
const github = {
  source: { command: 'node', args: [server], env: { GITHUB_TOKEN: '${settings.GITHUB_TOKEN}' } },
  settings: {
    GITHUB_TOKEN: { type: 'string', title: 'Personal access token', sensitive: true, required: true },
  },
};
const asking = { ...echoManifest, tools: { echo: { approval: 'always' } } };

/** A bundle with the echo plugin in it. */
function bundle(): Buffer {
  const manifest = {
    manifest_version: '0.3',
    name: 'bundled',
    version: '1.0.0',
    description: 'Says the text back',
    author: { name: 'Ada' },
    server: {
      type: 'node',
      entry_point: 'server/index.js',
      mcp_config: { command: 'node', args: ['${__dirname}/server/index.js'] },
    },
  };
  return zipBytes([
    { name: 'manifest.json', data: JSON.stringify(manifest) },
    { name: 'package.json', data: '{ "type": "module" }' },
    { name: 'server/index.js', data: readFileSync(server) },
  ]);
}

/** Presses Tab until this has the focus; fails when it comes round without it. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  const focused = wanted.and(page.locator(':focus'));
  for (let pressed = 0; pressed < 100; pressed += 1) {
    await page.keyboard.press('Tab');
    if ((await focused.count()) > 0) return;
  }
  throw new Error(`${String(wanted)} cannot be reached with the keyboard`);
}

await t.test('journeys through the console', { skip: noBrowser }, async (t) => {
  const stage = await openConsole(t, { echo: asking, github }, false);
  const { page, complaints, kernel, go, mock, tab, thread, messages, send, home, crash } = stage;
  const open = (path: string): Promise<unknown> => page.goto(`${kernel().url}${path}`);
  const say = async (text: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.getByRole('textbox', { name: 'Message' }).press('Enter');
  };
  const answer = page.getByRole('article', { name: 'Assistant' });

  await t.test('from the first look at an empty kernel to the first answer', async () => {
    mock.onMessage('Hello', { content: 'Hello **you**.' });
    await page.getByText('Choose a model first').waitFor();
    await keepScreenshot(page, 'journey-first-look');
    await page.getByRole('link', { name: 'Set a password' }).click();
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password again').fill(password);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByLabel('Current password').waitFor();
    await page.getByRole('link', { name: 'Chat', exact: true }).click();
    await page.getByRole('link', { name: 'Set up a model' }).click();
    await page.getByRole('button', { name: /^Anthropic/ }).click();
    await page.getByLabel('Key of the account: Anthropic', { exact: true }).fill('key-of-anthropic');
    await page.getByLabel('Where it answers: Anthropic', { exact: true }).fill(mock.url);
    await page.getByRole('button', { name: 'Save 2 changes' }).click();
    await page.getByRole('button', { name: /^Anthropic answers/ }).waitFor();
    await page.getByRole('combobox', { name: 'Default model' }).click();
    await page.getByRole('option', { name: model, exact: true }).click();
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByText('Saved: Which model answers').waitFor();
    await keepScreenshot(page, 'journey-first-model');
    await page.getByRole('link', { name: 'Chat', exact: true }).click();
    await page.getByText('What shall be done?').waitFor();
    await say('Hello');
    await answer.locator('strong', { hasText: 'you' }).waitFor();
    await keepScreenshot(page, 'journey-first-answer');
  });

  await t.test('a plugin works once its token is filled in', async (t) => {
    await go('/plugins');
    await page.getByRole('link', { name: 'github', exact: true }).click();
    await page.getByRole('link', { name: 'Fill in Personal access token' }).click();
    await page.getByLabel(/^Personal access token/).fill('ghp_of-this-test');
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
    await page.getByRole('button', { name: 'Test with what is saved' }).click();
    await page.getByText(/^It answered in/).waitFor();
    await page.locator('.state-pill', { hasText: 'active' }).waitFor();
    await keepScreenshot(page, 'journey-token');
    const call = { tool: 'github__echo', arguments: { text: 'works' } };
    t.equal((await send('POST', '/api/call', call)).status, 200);
  });

  await t.test(
    'what asks for more than was agreed to waits, shows what differs, and is approved',
    async (t) => {
      const source = { command: 'node', args: [join(await copyEchoPlugin(home.root), 'server.mjs')] };
      const first = { source, settings: { place: { type: 'string', title: 'Place', required: true } } };
      const more = { ...first, permissions: { net: ['api.github.com:443'] } };
      await send('POST', '/api/plugins', { name: 'wider', ...first });
      await go('/plugins/wider?tab=approval');
      await page.getByText('It was not looked at yet').waitFor();
      await send('PUT', '/api/settings/plugin.wider.place', { value: 'here' });
      const approve = page.getByRole('button', { name: 'Approve', exact: true });
      await approve.click();
      await page.getByText('Nothing waits for approval').waitFor();
      // Before it works a change would hold all of it.
      await page.locator('.state-pill', { hasText: 'active' }).waitFor();
      await home.writeManifest('wider', more);
      await page.getByRole('link', { name: 'Plugins 1 waiting' }).click();
      const waiting = page.getByRole('region', { name: 'Waits for your approval' });
      await waiting.getByText(/api\.github\.com:443/).waitFor();
      await keepScreenshot(page, 'journey-held');
      t.match(overviewSchema.parse((await send('GET', '/api/overview')).body).troubles, [
        { area: 'plugins', subject: 'wider', text: '1 change waits for your approval' },
      ]);
      await waiting.getByRole('link', { name: 'wider: see what differs' }).click();
      await keepScreenshot(page, 'journey-permission-diff');
      await approve.click();
      await page.getByText('Nothing waits for approval').waitFor();
      await page.getByRole('tab', { name: 'Access' }).click();
      await page
        .getByText(/api\.github\.com/)
        .first()
        .waitFor();
    },
  );

  await t.test('a dangerous tool is allowed in another tab', async () => {
    const args = JSON.stringify({ text: 'danger' });
    mock.onTurn(0, 'Do it', { toolCalls: [{ id: 'd1', name: 'echo__echo', arguments: args }] });
    mock.onTurn(1, 'Do it', { content: 'It is done.' });
    await go('/chat');
    await say('Do it');
    await page.getByText(/May the assistant use/).waitFor();
    const other = await tab('/approvals');
    await other.getByRole('button', { name: 'Allow', exact: true }).click();
    await other.getByText('Nothing waits for you').waitFor();
    await other.close();
    await answer.getByText('It is done.').waitFor();
  });

  await t.test('a bundle is dropped, agreed to, and its tool is tried', async (t) => {
    await go('/plugins/add');
    await page.getByText('.mcpb file', { exact: true }).click();
    const file = { name: 'bundled.mcpb', mimeType: 'application/octet-stream', buffer: bundle() };
    await page.getByLabel('MCP bundle').setInputFiles(file);
    await page.locator('pre[aria-label="Command"]').waitFor();
    await keepScreenshot(page, 'journey-bundle');
    const deleted = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await page.getByRole('button', { name: 'Add it' }).click();
    await deleted;
    t.same((await send('GET', '/api/files')).body, [], 'nothing is left among the files of the assistant');
    await page.getByRole('link', { name: 'Review and approve bundled' }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Nothing waits for approval').waitFor();
    await page.getByRole('tab', { name: /^Tools \([1-9]/ }).click();
    await page.getByRole('link', { name: 'Try echo', exact: true }).click();
    await page.getByLabel(/^text/).fill('from a bundle');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByLabel('Answer', { exact: true }).getByText('from a bundle').waitFor();
  });

  await t.test('a budget that is reached says so and what to do; raised, the answer comes', async () => {
    await send('PUT', '/api/settings/models.prices', { value: [`${model} 0 1000`] });
    await send('PUT', '/api/settings/budgets.tenantPerDay', { value: 0.01 });
    mock.onMessage('How are you?', { content: 'Well, and paid for.' });
    await go('/chat');
    await say('How are you?');
    await answer
      .getByRole('alert')
      .getByText(/budget/i)
      .first()
      .waitFor();
    await keepScreenshot(page, 'journey-budget');
    await page.getByRole('link', { name: 'Change the budgets' }).click();
    await page.getByRole('textbox', { name: /for one tenant on a day/ }).fill('100');
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
    await go('/chat');
    await say('How are you?');
    await answer.getByText('Well, and paid for.').waitFor();
  });

  await t.test(
    'a kernel that dies in the middle of an answer loses nothing, and the page goes on by itself',
    async (t) => {
      const story = Array.from({ length: 200 }, (_, n) => `word${n}`).join(' ');
      mock.clearFixtures();
      mock.onMessage('Tell me', { content: story }, { chunkSize: 4, latency: 100 });
      const id = await thread();
      await go(`/chat/${id}`);
      await say('Tell me');
      await answer.getByText(/word1/).waitFor();
      mock.clearFixtures();
      mock.onMessage('Tell me', { content: story });
      await crash();
      await answer.getByText(/word199$/).waitFor();
      t.equal((await answer.locator('.markdown').allInnerTexts()).join('|').trim(), story, 'each word once');
      t.equal(await page.getByRole('article', { name: 'You' }).count(), 1);
      t.match(await messages(id), [{ role: 'user' }, { role: 'assistant', status: 'COMPLETED' }]);
      await page.getByText(/cannot be reached/).waitFor({ state: 'detached' });
    },
  );

  await t.test('everything of a day is done with the keyboard alone', async (t) => {
    const args = JSON.stringify({ text: 'by hand' });
    mock.onTurn(0, 'With keys', { toolCalls: [{ id: 'k1', name: 'echo__echo', arguments: args }] });
    mock.onTurn(1, 'With keys', { content: 'All with keys.' });
    const { keyboard } = page;
    const link = (name: string): Locator => page.getByRole('link', { name, exact: true });
    const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
    const press = async (wanted: Locator): Promise<void> => {
      await tabTo(page, wanted);
      await keyboard.press('Enter');
    };
    await open('/settings');
    await press(button('Sign out'));
    await page.getByLabel('Password', { exact: true }).and(page.locator(':focus')).waitFor();
    await keyboard.type(password);
    await keyboard.press('Enter');
    await press(link('Settings'));
    await tabTo(page, page.getByRole('textbox', { name: retries, exact: true }));
    await keyboard.press('ControlOrMeta+a');
    await keyboard.type('3');
    await keyboard.press('Enter');
    await page.getByText('Saved: Models').waitFor();
    t.match((await send('GET', '/api/settings/models.retries')).body, { value: 3 });
    await open('/plugins');
    await link('github').waitFor();
    await keyboard.press('Tab');
    t.equal(await page.locator(':focus').textContent(), 'Skip to the content');
    await keyboard.press('Enter');
    await press(link('github'));
    await tabTo(page, page.getByRole('tab', { name: 'Access' }));
    await keyboard.press('ArrowRight');
    await press(link('Try echo'));
    await tabTo(page, page.getByLabel(/^text/));
    await keyboard.type('typed');
    await press(button('Run'));
    await page.getByLabel('Answer', { exact: true }).getByText('typed').waitFor();
    await open('/chat');
    await tabTo(page, page.getByRole('textbox', { name: 'Message' }));
    await keyboard.type('With keys');
    await keyboard.press('Enter');
    await press(button('Allow once'));
    await answer.getByText('All with keys.').waitFor();
  });

  t.same(
    complaints.filter((complaint) => !complaint.includes('ERR_CONNECTION_REFUSED')),
    [],
  );
});
