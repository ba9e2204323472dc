import t from 'tap';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';

await t.test('a password, a token and the browsers that are in', { skip: noBrowser }, async (t) => {
  const { page, context, complaints, kernel } = await openConsole(t);
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
  t.same(complaints, []);
});
