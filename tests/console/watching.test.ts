import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lookAt } from '../fixtures/console-look.ts';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

await t.test('what is watched: the log', { skip: noBrowser }, async (t) => {
  const { page, complaints, kernel, home } = await openConsole(t, { echo: echoManifest });
  const open = (path: string): Promise<unknown> => page.goto(`${kernel().url}${path}`);
  const lines = page.getByRole('group', { name: 'Lines of the log' });

  await t.test('an error is on the page when it happens, and can be searched for', async (t) => {
    await open('/logs');
    await page.getByText(/^Live · /).waitFor();
    await lines.getByText('echo-plugin started').waitFor();
    writeFileSync(join(home.manifests, 'broken.json'), '{ "source": 7 }');
    await lines.locator('[data-level=error]', { hasText: 'broken' }).first().waitFor();
    await lookAt(t, page, 'logs-filled');
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
    await open('/logs?plugin=other');
    await page.getByText(/^Live · 0 lines/).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    writeFileSync(join(home.manifests, 'other.json'), '{ "source": 8 }');
    await page.getByText(/^Paused, \d+ new · 0 lines/).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await lines.locator('[data-level=error]').first().waitFor();
  });

  t.same(complaints, []);
});
