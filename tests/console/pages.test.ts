import t from 'tap';
import { lookAt } from '../fixtures/console-look.ts';
import { consolePaths } from '../fixtures/console-routes.ts';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';

const paths = consolePaths('echo');

await t.test('every page in three widths and both colour schemes', { skip: noBrowser }, async (t) => {
  t.ok(paths.length > 1, 'the routes were found');
  const { page, complaints, kernel } = await openConsole(t, { echo: echoManifest });
  for (const path of paths) {
    await page.goto(`${kernel().url}${path}`);
    await lookAt(t, page, path.slice(1).replaceAll('/', '-'));
  }
  t.same(complaints, []);
});
