import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';
import { copyEchoPlugin } from '../fixtures/nexus-command.ts';

await t.test('what is kept in mind, and what plugins teach', { skip: noBrowser }, async (t) => {
  const { page, complaints, kernel, home } = await openConsole(t);
  await writeFile(join(home.workspace, 'USER.md'), 'She is called Ada. <img src=x onerror=alert(1)>');

  await page.goto(`${kernel().url}/memory`);
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

  await page.getByRole('tab', { name: 'Files' }).click();
  const profile = page.getByRole('region', { name: 'USER.md' });
  await profile.getByText('She is called Ada.').waitFor();
  await profile.getByText('of unknown origin').waitFor();
  await profile.getByRole('button', { name: 'Stand behind this content' }).click();
  await profile.getByText('you stand behind it').waitFor();
  await writeFile(join(home.workspace, 'USER.md'), 'She is called Eve.');
  await page.reload();
  await profile.getByText('of unknown origin').waitFor();

  await page.goto(`${kernel().url}/skills`);
  await page.getByRole('heading', { name: 'No plugin brings skills' }).waitFor();
  const dir = await copyEchoPlugin(home.plugins);
  await mkdir(join(dir, 'skills/greet'), { recursive: true });
  const skill = '---\nname: greet\ndescription: How to greet people\n---\n\n# Greeting\n\nSay *hello*.\n';
  await writeFile(join(dir, 'skills/greet/SKILL.md'), skill);
  await home.writeManifest('taught', { source: { plugin: 'echo-plugin' } });
  await page.getByRole('button', { name: /taught\/greet/ }).click();
  await page.getByRole('heading', { name: 'Greeting' }).waitFor();
  t.same(complaints, []);
});
