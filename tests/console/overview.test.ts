import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loginLinkSchema } from '../../runtime/contract/access.ts';
import { lookAt } from '../fixtures/console-look.ts';
import {
  barriersOf,
  keepScreenshot,
  noBrowser,
  openConsole,
  widths,
  type ConsoleStage,
} from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

const wrong = { source: { command: 'node', args: ['--no-such-option'] } };

await t.test('what there is to watch, and a chat', { skip: noBrowser }, async (t) => {
  const echo = { ...echoManifest, tools: { echo: { effect: 'read', approval: 'never' } } };
  const stage = await openConsole(t, { echo, wrong });
  const { page, complaints, kernel, go, mock, thread, say, answer, send, tab, crash } = stage;
  mock.onTurn(0, 'say it', {
    toolCalls: [{ id: 'c1', name: 'echo__echo', arguments: JSON.stringify({ text: 'hi' }) }],
  });
  mock.onTurn(1, 'say it', { content: 'Said.', usage: { prompt_tokens: 1_000, completion_tokens: 500 } });
  await send('PUT', '/api/settings/models.prices', { value: ['anthropic/claude-sonnet-5 3 15'] });
  await send('PUT', '/api/settings/budgets.tenantPerDay', { value: 2 });
  const id = await thread();
  await say(id, 'say it');
  await answer(id);

  await t.test('the dashboard says what needs somebody, and what was spent of the budget', async (t) => {
    await go('/dashboard');
    await page.getByRole('link', { name: 'wrong', exact: true }).waitFor();
    const spent = page.getByRole('listitem').filter({ hasText: 'Spent today' });
    t.match(await spent.textContent(), /\$0\.0\d+.*of a budget of \$2\.00/);
    await page.getByRole('img', { name: /^cost of the last 30 days, \$0\.0/ }).waitFor();
    await lookAt(t, page, 'dashboard-filled');
    await page.getByText('Tokens', { exact: true }).first().click();
    await page.getByText('Weeks', { exact: true }).click();
    await page.getByRole('img', { name: /^tokens of the last 12 weeks/ }).waitFor();
    await page.getByRole('link', { name: 'say it' }).waitFor();
  });

  await t.test('a task tells what happened to it, and is done again', async (t) => {
    await go('/tasks');
    await page.getByText('Nothing is being done').waitFor();
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('button', { name: 'say it', exact: true }).click();
    await page.getByRole('link', { name: 'its conversation' }).waitFor();
    await lookAt(t, page, 'tasks-history');
    await page.getByRole('button', { name: 'Do it again: say it' }).click();
    await page.getByText('It is a new task in the queue').waitFor();
    await page.getByRole('button', { name: 'say it', exact: true }).nth(1).waitFor();
  });

  await t.test('what a sub-agent came to is a card, which leads to all that it did', async (t) => {
    const task = JSON.stringify({ task: 'count the pages', title: 'Pages' });
    mock.onTurn(0, 'hand it over', { toolCalls: [{ id: 'd1', name: 'agent__delegate', arguments: task }] });
    mock.onTurn(1, 'hand it over', { content: 'It is being counted.' });
    mock.onMessage('count the pages', { content: 'There are <b>twelve</b>.' });
    mock.onMessage(/A sub-agent has ended/, { content: 'Twelve pages.' });
    const above = await thread();
    await say(above, 'hand it over');
    await go(`/chat/${above}`);
    await page.getByText('Twelve pages.').waitFor();
    const card = page.getByRole('article', { name: 'Sub-agents' });
    await card.getByText('Pages', { exact: true }).click();
    await card.getByLabel('Report', { exact: true }).getByText('There are <b>twelve</b>.').waitFor();
    await lookAt(t, page, 'chat-report');
    await card.getByRole('link', { name: 'All that it did' }).click();
    await page.getByRole('article', { name: 'Assistant' }).getByText('There are').waitFor();
  });

  await t.test(
    'a browser that says it has no network reads from and writes to the kernel on its machine',
    async () => {
      await page.evaluate(`window.dispatchEvent(new Event('offline'))`);
      await go('/settings');
      await page.getByRole('textbox', { name: /^Further tries/ }).fill('4');
      await page.getByRole('button', { name: 'Save 1 change' }).click();
      await page.getByText('Saved: Models').waitFor();
      await page.evaluate(`window.dispatchEvent(new Event('online'))`);
    },
  );

  await t.test('where a chat begins stays in view however many there are', async (t) => {
    for (let made = 0; made < 20; made += 1) await thread();
    await go('/chat');
    const list = page.getByRole('complementary', { name: 'Threads' });
    await list.getByRole('listitem').nth(19).waitFor();
    await list.getByRole('listitem').nth(19).scrollIntoViewIfNeeded();
    const begin = await list.getByRole('link', { name: 'New chat' }).boundingBox();
    t.ok((begin?.height ?? 0) >= 30 && (begin?.y ?? -1) >= 0, 'it is as tall as a button');
    t.ok(((await list.getByLabel('Search threads').boundingBox())?.y ?? -1) >= 0);
  });

  await t.test('files go with a message, and with the same message said anew', (t) => giveFiles(t, stage));
  await t.test('another assistant is chosen, and a file is pinned', (t) => chooseAndPin(t, stage));
  await t.test('what is refused leaves no empty thread, and an address without one says so', async (t) => {
    const threads = async (): Promise<unknown> => (await send('GET', '/api/threads?limit=200')).body;
    const before = await threads();
    await go('/chat');
    // A message has 50 parts at most.
    const many = Array.from({ length: 51 }, (_, n) => file(`${n}.txt`, 'text/plain', Buffer.from('x')));
    await page.locator('input[type=file]').setInputFiles(many);
    await page.getByRole('button', { name: 'Leave out 50.txt' }).waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await page
      .getByText(/The request does not fit/)
      .first()
      .waitFor();
    t.same(await threads(), before);
    await go('/chat/no-such-thread');
    await page.getByRole('heading', { name: 'There is no such conversation' }).waitFor();
    await keepScreenshot(page, 'chat-none');
    const empty = await thread();
    await go(`/chat/${empty}`);
    await page.getByRole('heading', { name: 'Nothing was said here yet' }).waitFor();
    await keepScreenshot(page, 'chat-empty');
    await send('DELETE', `/api/threads/${empty}`);
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
  });

  await t.test('the timeline is searched and followed, and its chain holds', async (t) => {
    await go('/timeline');
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('The chain holds').waitFor();
    await page
      .getByText(/^echo__echo|^echo/)
      .first()
      .click();
    await lookAt(t, page, 'timeline-filled');
    await page
      .getByRole('button', { name: /: show only this$/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Only one thing is shown: show all' }).click();
    await page.getByRole('textbox', { name: 'Search' }).fill('no such words anywhere');
    await page.getByText('Nothing is here').waitFor();
  });

  await t.test('a session that ended elsewhere shows the login, which takes a link', async (t) => {
    const link = async (): Promise<URL> =>
      new URL(loginLinkSchema.parse((await send('POST', '/api/login-links')).body).url);
    const login = page.getByRole('heading', { name: 'Sign in to Nexus' });
    await go('/settings');
    const typed = page.getByRole('textbox', { name: /^Further tries/ });
    await typed.fill('7');
    const isThere = async (): Promise<void> => {
      await typed.waitFor();
      t.equal(await typed.inputValue(), '7', 'what was begun is there again');
    };
    const second = await tab('/logs');
    await second.getByRole('button', { name: 'Sign out', exact: true }).click();
    await login.waitFor();
    // Opened in the tab that shows the login: only its address changes.
    await page.evaluate(`window.location.hash = '${(await link()).hash}'`);
    await isThere();
    t.equal(new URL(page.url()).hash, '', 'the code is not in the address');
    await send('PUT', '/api/password', { password: 'a long password' });
    await login.waitFor();
    await page.getByLabel('Password', { exact: true }).fill((await link()).href);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await isThere();
    await second.goto(`${kernel().url}/#login=%`);
    await second.getByRole('navigation').first().waitFor();
    await second.getByRole('button', { name: 'Sign out', exact: true }).click();
    await login.waitFor();
    t.notOk(await typed.isVisible());
    await second.goto((await link()).href);
    await second.getByRole('navigation').first().waitFor();
    await second.close();
    // Who comes back to this tab need not sign in again.
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
    await isThere();
    await page.getByRole('button', { name: 'Discard' }).click();
  });

  await t.test('a page that is opened while the kernel is away comes with it', async () => {
    await crash(async () => {
      await page.getByText('The kernel does not answer').waitFor();
      await page.locator('a[href="/persona"]').click();
      await page.getByRole('status', { name: /^Loading/ }).waitFor();
    });
    await page.getByRole('heading', { name: 'Persona', level: 1 }).waitFor();
  });
  t.same(complaints, []);
});

function file(name: string, mimeType: string, buffer: Buffer) {
  return { name, mimeType, buffer };
}

async function giveFiles(t: Test, { page, go, mock, messages, send }: ConsoleStage): Promise<void> {
  mock.onMessage('with files', { content: 'I saw them.' });
  await go('/chat');
  const chips = page.getByRole('list', { name: 'Attached files' }).getByRole('listitem');
  await page
    .locator('input[type=file]')
    .setInputFiles([
      file('notes.txt', 'text/plain', Buffer.from('Notes.')),
      file('huge.png', 'image/png', Buffer.alloc(3_900_000, 1)),
      file('dot.png', 'image/png', Buffer.from('not looked at')),
      file('report.pdf', 'application/pdf', Buffer.from([0x25, 0xff, 0xfe])),
      file('big.csv', 'text/csv', Buffer.alloc(300_000, 'a')),
    ]);
  await page.getByText('the images of one message may have 3.0 MB together').waitFor();
  await page.getByRole('button', { name: 'Leave out uploads/big.csv' }).waitFor();
  t.same(await chips.allInnerTexts(), ['notes.txt', 'dot.png', 'uploads/report.pdf', 'uploads/big.csv']);
  await keepScreenshot(page, 'chat-files');
  await page.getByRole('button', { name: 'Leave out uploads/big.csv' }).click();
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill('with files');
  await field.press('Enter');
  await page.getByText('I saw them.').waitFor();
  await page.getByRole('heading', { level: 1, name: 'with files', exact: true }).waitFor();
  t.match((await send('GET', '/api/files')).body, [{ path: 'uploads/report.pdf', size: 3 }]);
  const id = page.url().split('/').at(-1) ?? '';
  const given = [
    { type: 'attachment', name: 'notes.txt', text: 'Notes.' },
    { type: 'image', mediaType: 'image/png' },
    { type: 'attachment', name: 'uploads/report.pdf', text: /in the workspace as uploads\/report\.pdf/ },
  ];
  t.match((await messages(id))[0]?.content, [{ type: 'text', text: 'with files' }, ...given]);

  await page.getByRole('button', { name: 'Say it again, changed' }).click();
  await page.getByRole('button', { name: 'Leave out uploads/report.pdf' }).waitFor();
  const focused = field.and(page.locator(':focus'));
  await focused.waitFor();
  await field.fill('again with files');
  await field.press('Enter');
  await page.getByRole('article', { name: 'You' }).getByText('again with files').waitFor();
  await page.getByText('I saw them.').waitFor();
  await focused.waitFor();
  t.match((await messages(id))[0]?.content, [{ type: 'text', text: 'again with files' }, ...given]);
}

async function chooseAndPin(t: Test, { page, go, mock, home, send }: ConsoleStage): Promise<void> {
  const folder = join(home.root, 'assistants');
  await mkdir(folder);
  const clerk = `export class Clerk { name = 'clerk'; title = 'Clerk'; get prompt() { return 'You file things.'; } }`;
  await writeFile(join(folder, 'index.js'), clerk);
  await writeFile(join(folder, 'package.json'), '{"type":"module","main":"index.js"}');
  await send('PUT', '/api/settings/assistants.packages', { value: ['nexus', folder] });
  await writeFile(join(home.workspace, 'plan.md'), 'Water the plants.');
  mock.onMessage('who are you', { content: 'The clerk.' });
  await go('/chat');
  await page.getByRole('combobox', { name: 'Assistant' }).click();
  await page.getByRole('option', { name: 'Clerk' }).click();
  await page.getByRole('textbox', { name: 'Message' }).fill('who are you');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('The clerk.').waitFor();
  await page.getByRole('button', { name: 'Copy the answer' }).waitFor();
  const at = `/api/threads/${page.url().split('/').at(-1) ?? ''}`;
  t.match((await send('GET', at)).body, { assistant: 'clerk' });
  await page.getByRole('combobox', { name: 'Assistant' }).click();
  await page.getByRole('option', { name: 'Nexus' }).click();

  await page.getByRole('button', { name: 'Pin a memory, a skill or a file' }).click();
  const dialog = page.getByRole('dialog', { name: 'Always told in this conversation' });
  await dialog.getByText('File', { exact: true }).click();
  await dialog.getByLabel('File of the workspace').fill('no-plan.md');
  await dialog.getByRole('button', { name: 'Pin it' }).click();
  await page
    .getByText(/There is no file no-plan\.md/)
    .first()
    .waitFor();
  await dialog.getByLabel('File of the workspace').fill('plan.md');
  await dialog.getByRole('button', { name: 'Pin it' }).click();
  await dialog.getByRole('button', { name: 'Unpin plan.md' }).waitFor();
  for (const [layout, width] of Object.entries(widths)) {
    await page.setViewportSize({ width, height: 844 });
    await keepScreenshot(page, `chat-pins-${layout}`);
  }
  t.same(await barriersOf(page), []);
  await page.setViewportSize({ width: widths.desktop, height: 900 });
  t.match((await send('GET', at)).body, { assistant: 'nexus' });
  t.same((await send('GET', `${at}/pins`)).body, [{ kind: 'file', ref: 'plan.md' }]);
  await dialog.getByRole('button', { name: 'Unpin plan.md' }).click();
  await dialog.getByText('Nothing is pinned yet.').waitFor();
}
