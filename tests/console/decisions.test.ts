import type { Route } from 'playwright-core';
import t from 'tap';
import { lookAt } from '../fixtures/console-look.ts';
import { noBrowser, openConsole, widths } from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

const retries = 'Further tries when a provider is overloaded or cannot be reached';

await t.test(
  'approvals, settings and conversations with something in them',
  { skip: noBrowser },
  async (t) => {
    const asking = {
      ...echoManifest,
      tools: { echo: { approval: 'always' }, wait: { effect: 'reversible', approval: 'never' } },
    };
    const { page, complaints, kernel, mock, thread, say, answer, approvals, messages, send } =
      await openConsole(t, {
        echo: asking,
      });
    mock.onTurn(0, 'say it', {
      toolCalls: [{ id: 'c1', name: 'echo__echo', arguments: JSON.stringify({ text: 'hi' }) }],
    });
    mock.onTurn(1, 'say it', { content: 'Said.' });
    const id = await thread();
    await say(id, 'say it');
    t.equal((await answer(id)).status, 'WAITING');
    // Anew each time: on a page that is open already the choice and the search of the step before would go on.
    const open = (path: string): Promise<unknown> => page.goto(`${kernel().url}${path}`);

    await t.test('a call that waits is allowed with other arguments', async (t) => {
      await open('/approvals');
      await page.getByRole('button', { name: 'Allow' }).waitFor();
      await lookAt(t, page, 'approvals-filled');
      await page.getByRole('button', { name: 'Edit arguments' }).click();
      const editor = page.getByRole('textbox', { name: 'Arguments' });
      await editor.fill('[');
      await page.getByText(/This is not JSON/).waitFor();
      await editor.fill('{"text":"edited"}');
      await page.getByRole('checkbox', { name: 'Allow later calls too' }).check();
      await page.getByRole('textbox', { name: 'How many' }).fill('3');
      await page.getByText(/it would have covered 0/).waitFor();
      await lookAt(t, page, 'approvals-lease');
      await page.getByRole('button', { name: 'Allow with these arguments' }).click();
      await page.getByText('Nothing waits for you').waitFor();
      t.match(await approvals(), [{ state: 'ALLOWED', args: { text: 'edited' } }]);
      await open('/approvals/history');
      await page.getByText('echo__echo', { exact: true }).waitFor();
    });

    await t.test('what was allowed beforehand is listed and taken back', async (t) => {
      await open('/approvals/leases');
      await page.getByText(/ of 3 calls, expires/).waitFor();
      await lookAt(t, page, 'approvals-leases');
      await page.getByRole('button', { name: 'Take back: echo__echo' }).click();
      await page.getByText('Nothing is allowed beforehand').waitFor();
      t.match((await send('GET', '/api/leases?all=true')).body, [{ state: 'REVOKED', count: 3 }]);
    });

    await t.test('a call tells how long it took and leads to its run', async (t) => {
      await open(`/chat/${id}`);
      const card = page.locator('.tool-card', { hasText: 'echo__echo' });
      t.match(await card.locator('.tool-card-time').textContent(), /^\d.* m?s$/);
      await card.locator('summary').click();
      await card.getByLabel('What it was run with').getByText('"text": "edited"').waitFor();
      await card.getByRole('link', { name: 'its run on record' }).click();
      await page.locator('.timeline-entry', { hasText: 'echo' }).getByText('succeeded').waitFor();
    });

    await t.test('a conversation is renamed', async () => {
      await open(`/chat/${id}`);
      await page.getByRole('button', { name: 'What can be done with the thread' }).click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await page.keyboard.type('By hand');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'By hand' }).waitFor();
    });

    await t.test('a conversation is thrown away and taken back', async (t) => {
      await open('/conversations');
      await page.getByRole('checkbox', { name: /^Choose: / }).check();
      await lookAt(t, page, 'conversations-filled');
      await page.getByRole('button', { name: 'Move to the trash' }).click();
      await page.getByText('There are no conversations yet').waitFor();
      await open('/conversations/trash');
      await page.getByRole('checkbox', { name: /^Choose: / }).check();
      await page.getByRole('button', { name: 'Take back' }).click();
      await page.getByText('The trash is empty').waitFor();
      t.match((await send('GET', '/api/threads')).body, [{ id }]);
    });

    await t.test('one conversation is found by its title and deleted for good, another stays', async (t) => {
      for (const title of ['Plans for June', 'Bills']) {
        const other = await thread();
        await send('PATCH', `/api/threads/${other}`, { title });
        await send('DELETE', `/api/threads/${other}`);
      }
      await open('/conversations/trash');
      await page.getByRole('textbox', { name: 'Search' }).fill('june');
      await page.getByText('Bills').waitFor({ state: 'detached' });
      await page.getByRole('checkbox', { name: 'Choose: Plans for June' }).check();
      await lookAt(t, page, 'conversations-chosen');
      await page.getByRole('button', { name: 'Delete for good' }).click();
      await page.getByRole('textbox', { name: /^Type 1 conversation/ }).fill('1 conversation');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
      await page.getByText('Nothing was found').waitFor();
      await page.getByRole('textbox', { name: 'Search' }).fill('');
      await page.getByRole('checkbox', { name: 'Choose: Bills' }).waitFor();
    });

    await t.test('a command is chosen by keys, and what is none is said as it is', async (t) => {
      mock.onMessage('/etc/hosts: what is it?', { content: 'A list of names.' });
      const own = await thread();
      await open(`/chat/${own}`);
      const field = page.getByRole('textbox', { name: 'Message' });
      const options = page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
      const chosen = page.getByRole('option', { selected: true });
      await field.fill('/echo');
      await options.filter({ hasText: '/echo.later' }).waitFor();
      await field.press('ArrowUp');
      await field.pressSequentially('.');
      t.match(await chosen.textContent(), /^\/echo\.echo/, 'what is typed next begins at the first again');
      await field.fill('/echo.e');
      await options.filter({ hasText: '/echo.echo' }).waitFor();
      await lookAt(t, page, 'chat-commands');
      t.equal(await field.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
      await field.press('Escape');
      await options.first().waitFor({ state: 'detached' });
      await field.pressSequentially('c');
      t.match(await chosen.textContent(), /^\/echo\.echo/);
      await field.press('Enter');
      t.equal(await field.inputValue(), '/echo.echo ', 'it is taken, not run');
      await page.setViewportSize({ width: widths.phone, height: 420 });
      for (const text of ['/', Array.from({ length: 12 }, (_, n) => n).join('\n')]) {
        await field.fill(text);
        const box = await page.getByRole('button', { name: 'Send' }).boundingBox();
        t.ok(box !== null && box.y + box.height <= 420, 'Send is in view above the keyboard of a phone');
      }
      await page.setViewportSize({ width: widths.desktop, height: 900 });
      await field.fill('/echo.none');
      await field.press('Enter');
      await page.getByText(/the menu that “\/” opens/).waitFor();
      await page.getByRole('button', { name: 'Close the result' }).click();
      await field.fill('/etc/hosts: what is it?');
      const held = Promise.withResolvers<Route>();
      await page.route('**/messages', held.resolve, { times: 1 });
      await field.press('Enter');
      const sending = await held.promise;
      await field.fill('What is typed meanwhile');
      await sending.continue();
      await page.getByRole('article', { name: 'Assistant' }).getByText('A list of names.').waitFor();
      t.equal(await field.inputValue(), 'What is typed meanwhile');
      // Pinned in another window; it is read again when something more is said.
      const [said] = await messages(own);
      await send('PUT', `/api/threads/${own}/messages/${said?.id}/pin`, { pinned: true });
      await say(own, '/etc/hosts: what is it?');
      await page.getByRole('button', { name: 'Unpin' }).waitFor();
    });

    await t.test('a call under way tells how far it is, and is under way still after a reload', async (t) => {
      const call = { id: 'w1', name: 'echo__wait', arguments: '{}' };
      mock.onTurn(0, 'wait for it', { toolCalls: [call] });
      const own = await thread();
      await open(`/chat/${own}`);
      await page.getByText('Nothing was said here yet').waitFor();
      await say(own, 'wait for it');
      const card = page.locator('.tool-card', { hasText: 'echo__wait' });
      await page.getByText('25 % · the first quarter').waitFor();
      await lookAt(t, page, 'chat-tool-under-way');
      await page.reload();
      await card.getByText('running').waitFor();
      await card.locator('.tool-card-time').getByText(/\d s$/).waitFor();
      t.ok(await page.getByRole('button', { name: 'Say it again, changed' }).isDisabled());
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByText('stopped', { exact: true }).waitFor();
    });

    await t.test('what is nested beyond reason is text, and the page goes on', async (t) => {
      const nested = Array.from({ length: 150 }, (_, n) => `${'  '.repeat(n)}- x`).join('\n');
      const bombs = ['>'.repeat(2_000), nested, '**a *b* '.repeat(2_000)];
      const own = await thread();
      for (const [n, bomb] of bombs.entries()) {
        mock.onMessage(`bomb ${n}`, { content: `${bomb}\n\nend ${n}` });
        await say(own, `bomb ${n}`);
        t.equal((await answer(own)).status, 'COMPLETED');
        await open(`/chat/${own}`);
        await page.getByRole('article', { name: 'Assistant' }).last().getByText(`end ${n}`).waitFor();
      }
    });

    await t.test('a setting is refused, saved and undone', async (t) => {
      await open('/settings');
      await page.getByRole('textbox', { name: retries, exact: true }).fill('99');
      await page.getByText('At most 10').waitFor();
      t.ok(await page.getByRole('button', { name: 'Save 1 change' }).isDisabled());
      await page.getByRole('textbox', { name: retries, exact: true }).fill('3');
      await page.getByRole('button', { name: 'Save 1 change' }).click();
      await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
      t.match((await send('GET', '/api/settings/models.retries')).body, { value: 3 });
      await open('/settings/history');
      await lookAt(t, page, 'settings-history');
      await page.getByRole('button', { name: /^Undo: Further tries/ }).click();
      await page.getByText('It is as it was before').waitFor();
      t.match((await send('GET', '/api/settings/models.retries')).body, { value: 2, isSet: false });
    });

    await t.test('settings go out as a file and come back', async (t) => {
      await send('PUT', '/api/settings/models.retries', { value: 5 });
      await open('/settings/file');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export without secrets' }).click(),
      ]);
      t.equal(download.suggestedFilename(), 'nexus-settings.json');
      await send('PUT', '/api/settings/models.retries', { value: 4 });
      await page.locator('input[type=file]').setInputFiles(await download.path());
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByText(/^Secrets that the file names/).waitFor();
      t.match((await send('GET', '/api/settings/models.retries')).body, { value: 5 });
      await lookAt(t, page, 'settings-file');
    });
    t.same(complaints, []);
  },
);
