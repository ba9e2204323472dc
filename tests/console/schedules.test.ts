import t from 'tap';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

await t.test('a schedule is proposed, armed, paused, removed', { skip: noBrowser }, async (t) => {
  const { page, complaints, kernel } = await openConsole(t, { echo: echoManifest });
  await page.goto(`${kernel().url}/schedules`);
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
  t.same(complaints, []);
});
