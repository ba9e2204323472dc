import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { doctorSchema } from '../../runtime/contract/api.ts';
import { errorDelays, watchErrors } from '../../scripts/bench/page-times.ts';
import { wordsOf } from '../fixtures/chat-stage.ts';
import { lookAt } from '../fixtures/console-look.ts';
import { noBrowser, openConsole, widths } from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

await t.test('the log, the system and the persona', { skip: noBrowser }, async (t) => {
  const stage = await openConsole(t, { echo: echoManifest });
  const { page, complaints, go, home, mock, thread, say, answer, send } = stage;
  const lines = page.getByRole('group', { name: 'Lines of the log' });

  await t.test('an error is on the page when it happens, and can be searched for', async (t) => {
    await go('/logs');
    await page.getByText(/^Live · /).waitFor();
    await lines.getByText('echo-plugin started').waitFor();
    await watchErrors(page);
    // On a machine with much else to do one line may take longer; the bench holds 95 of 100 to it.
    const delays: number[] = [];
    while (delays.length < 20 && !(Math.min(...delays) < 1_000)) {
      writeFileSync(join(home.manifests, 'broken.json'), `{ "source": ${delays.length + 1} }`);
      const seen = lines.locator('[data-level=error]', { hasText: 'broken' });
      await seen.nth(delays.length).waitFor();
      delays.splice(0, Infinity, ...(await errorDelays(page)));
    }
    t.ok(Math.min(...delays) < 1_000, `on the page after ${String(delays)} ms`);
    await lookAt(t, page, 'logs-filled');
    await page.setViewportSize({ width: widths.phone, height: 844 });
    const said = await lines.locator('.log-line-text').last().boundingBox();
    t.ok((said?.width ?? 0) > widths.phone * 0.75, 'a phone shows what a line says, not only when');
    await page.setViewportSize({ width: widths.desktop, height: 900 });
    await page.getByRole('combobox', { name: 'Level' }).click();
    await page.getByRole('option', { name: 'Errors only' }).click();
    await lines.getByText('echo-plugin started').waitFor({ state: 'detached' });
    await lines.locator('[data-level=error]').first().click();
    await page.getByLabel('The whole line', { exact: true }).getByText('"plugin": "broken"').waitFor();
    await page.getByRole('textbox', { name: 'Search the log' }).fill('nothing says this');
    await page.getByText('No line fits').waitFor();
    t.match(page.url(), /level=error&text=nothing/, 'the filter can be linked to');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    t.equal((await download).suggestedFilename(), 'nexus.log.jsonl');
  });

  await t.test('paused, it stands still and counts', async () => {
    await go('/logs?plugin=other');
    await page.getByText(/^Live · 0 lines/).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    writeFileSync(join(home.manifests, 'other.json'), '{ "source": 8 }');
    await page.getByText(/^Paused, \d+ new · 0 lines/).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await lines.locator('[data-level=error]').first().waitFor();
  });

  await t.test('what the machine enforces is shown, and a part is started afresh', async (t) => {
    const { tier } = doctorSchema.parse((await send('GET', '/api/doctor')).body);
    await go('/system');
    await page.getByText(new RegExp(`^${tier} \\(`)).waitFor();
    await page.getByRole('alert').getByRole('link', { name: 'broken' }).waitFor();
    await page
      .getByText(/^echo-plugin|^up /)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Restart echo', exact: true }).click();
    await page.getByText('Stopped, to start afresh: echo').waitFor();
    await page.getByRole('button', { name: 'None runs now' }).waitFor();
    t.equal((await send('POST', '/api/call', { tool: 'echo__echo', arguments: { text: 'up' } })).status, 200);
    await page.getByRole('button', { name: 'Restart all that run (1)' }).waitFor();
    await lookAt(t, page, 'system-filled');
  });

  await t.test('a persona is looked at while it is typed, saved, and told to the model', async (t) => {
    await go('/persona');
    const prompt = page.getByLabel('The assembled prompt', { exact: true });
    await prompt.getByText(/You are Nexus/).waitFor();
    await page.getByLabel('What the assistant is called').fill('Iris');
    await page.getByRole('radio', { name: 'Technical' }).check();
    await page.getByLabel(/^Your own instructions/).fill('Say "over" at the end.');
    await prompt.getByText(/You are Iris[\s\S]*technical tone[\s\S]*Say "over"/).waitFor();
    await page.getByText('With what you typed, before it is saved.').waitFor();
    await lookAt(t, page, 'persona-filled');
    await page.getByRole('button', { name: 'Save 3 changes' }).click();
    await page.getByRole('button', { name: 'Nothing to save' }).waitFor();
    mock.on({ systemMessage: /You are Iris[\s\S]*Say "over"/ }, { content: 'Iris here. Over.' });
    const id = await thread();
    await say(id, 'Who are you?');
    t.equal(wordsOf(await answer(id)), 'Iris here. Over.');
  });

  t.same(complaints, []);
});
