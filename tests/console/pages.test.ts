import { readFileSync } from 'node:fs';
import t from 'tap';
import { barriersOf, keepScreenshot, noBrowser, openConsole, widths } from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

const source = readFileSync(new URL('../../runtime/console/src/routes.ts', import.meta.url), 'utf8');
/** Every route with sample values in place of its parameters. */
const paths = [...source.matchAll(/^ {4}path: '(?<path>[^']+)'/gm)].map(([, path = '']) =>
  path.replaceAll(/\/:\w+\?/g, '').replaceAll(':name', 'echo'),
);

await t.test('every page in three widths and both colour schemes', { skip: noBrowser }, async (t) => {
  t.ok(paths.length > 1, 'the routes were found');
  const { page, complaints, kernel } = await openConsole(t, { echo: echoManifest });
  for (const path of paths) {
    await page.goto(`${kernel().url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page
      .getByRole('status', { name: /^Loading/ })
      .first()
      .waitFor({ state: 'detached' });
    const name = path.slice(1).replaceAll('/', '-');
    for (const [layout, width] of Object.entries(widths)) {
      await page.setViewportSize({ width, height: width < 768 ? 844 : 900 });
      await keepScreenshot(page, `${name}-${layout}`);
      const isWider = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      t.notOk(isWider, `${path} does not scroll sideways on a ${layout}`);
      t.same(await barriersOf(page), [], `${path} on a ${layout}`);
    }
    await page.setViewportSize({ width: widths.desktop, height: 900 });
    await page.getByRole('button', { name: 'Light colours' }).click();
    await keepScreenshot(page, `${name}-light`);
    t.same(await barriersOf(page), [], `${path} in light colours`);
    await page.getByRole('button', { name: 'Dark colours' }).click();
  }
  t.same(complaints, []);
});
