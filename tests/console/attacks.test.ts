import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { uploadedFileSchema } from '../../runtime/contract/files.ts';
import { consolePaths } from '../fixtures/console-routes.ts';
import { noBrowser, openConsole } from '../fixtures/console-stage.ts';

const server = fileURLToPath(new URL('../fixtures/markup-plugin/server.mjs', import.meta.url));

/** A listener of an attacker; whoever asks it for anything has been told something. */
async function listenForLeaks(t: Test): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const listener = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.teardown(() => listener.close());
  const { port } = z.object({ port: z.number() }).parse(listener.address());
  return { url: `http://127.0.0.1:${port}`, asked };
}

/** What runs or tells something where it is taken for HTML, Markdown or a template; each calls `owned` with its number. */
const markupOf = (leak: string): string =>
  [
    `<img src=x onerror="owned(1)">`,
    `<script>owned(2)</script>`,
    `<svg onload="owned(3)"><a xlink:href="javascript:owned(4)"><text>x</text></a></svg>`,
    `[run](javascript:owned(5)) [data](data:text/html,<script>owned(6)</script>) ![pixel](${leak}/markdown.png) [http://bank.example](${leak}/bank)`,
    `<iframe srcdoc="<script>parent.owned(7)</script>"></iframe><object data="${leak}/object"></object>`,
    `<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=owned(8)>">`,
    `</textarea></pre></title></script><img src=x onerror=owned(9)>`,
    `<style>@import "${leak}/style"; * { background: url(${leak}/background) }</style>`,
    `<link rel="stylesheet" href="${leak}/link"><base href="${leak}/base/">`,
    `<meta http-equiv="refresh" content="0;url=${leak}/refresh">`,
    `<form action="${leak}/form"><input autofocus onfocus=owned(10)></form>`,
    `<details open ontoggle=owned(11)><video><source onerror=owned(12)></video></details>`,
    `<a href="${leak}/ping" ping="${leak}/ping">x</a><img src="${leak}/pixel"><img srcset="${leak}/set 1x">`,
    `{{constructor.constructor('owned(13)')()}} \${owned(14)} <%= owned(15) %>`,
    `<x style="animation-name: none" onanimationstart=owned(16) onpointerover=owned(17)>`,
  ].join('\n\n');

/** What a page must not have: what runs, and what frames or sends something elsewhere. */
const forbidden = [
  'iframe',
  'object',
  'embed',
  'base',
  'math',
  'meta[http-equiv=refresh]',
  'script:not([src^="/assets/"])',
  '[onerror]',
  '[onload]',
  '[onfocus]',
  '[ontoggle]',
  '[onpointerover]',
  '[srcdoc]',
  '[ping]',
  '[srcset]',
  '[href^="javascript:" i]',
  '[href^="data:" i]',
  '[action]',
].join(', ');

async function attackersOf(page: Page): Promise<readonly string[]> {
  return await page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(forbidden)})].map((element) => element.outerHTML)`,
  );
}

await t.test('what others say never runs and tells nothing', { skip: noBrowser }, async (t) => {
  const { url: leak, asked } = await listenForLeaks(t);
  const markup = markupOf(leak);
  const mark = {
    source: { command: 'node', args: [server, markup] },
    settings: { note: { type: 'string', title: markup, description: markup, default: markup } },
    tools: { show: { approval: 'never', effect: 'read' } },
  };
  const stage = await openConsole(t, { mark });
  const { page, context, complaints, kernel, go, mock, thread, say, answer, send, home } = stage;
  await context.addInitScript(`globalThis.owned = (by) => console.error('owned by ' + by);`);

  // Every place where somebody else's words are kept.
  const accepted = async (method: string, path: string, body: unknown): Promise<void> => {
    const { status, body: said } = await send(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(said)}`);
  };
  await accepted('PUT', '/api/settings/persona.instructions', { value: markup });
  await accepted('PUT', '/api/settings/plugin.mark.note', { value: `${markup} set` });
  await accepted('POST', '/api/memories', { text: markup });
  await accepted('POST', '/api/tokens', { name: '<img src=x onerror=owned(20)>', scopes: ['read'] });
  await writeFile(join(home.workspace, 'USER.md'), markup);
  await writeFile(join(home.manifests, 'broken.json'), JSON.stringify({ [markup]: markup }));
  const file = new File(
    [`<svg xmlns="http://www.w3.org/2000/svg">${markup}</svg>`],
    '<img onerror=owned(21)>.svg',
  );
  const form = new FormData();
  form.set('file', file);
  const saved = await fetch(`${kernel().url}/api/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${kernel().token}` },
    body: form,
  });
  t.equal(saved.status, 201);
  const call = { id: 'c1', name: 'mark__show', arguments: JSON.stringify({ text: markup }) };
  mock.onTurn(0, 'owned(1)', { toolCalls: [call], reasoning: markup });
  mock.onTurn(1, 'owned(1)', { content: markup });
  const id = await thread();
  await accepted('PATCH', `/api/threads/${id}`, { title: '<img src=x onerror=owned(22)>' });
  await say(id, markup);
  t.equal((await answer(id)).status, 'COMPLETED');

  const visit = async (t: Test, path: string): Promise<void> => {
    await go(path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    for (const loading of await page.getByRole('status', { name: /^Loading/ }).all())
      await loading.waitFor({ state: 'detached' });
    t.same(await attackersOf(page), [], path);
    t.same(complaints.splice(0), [], `nothing ran on ${path}, and nothing was refused by the policy`);
  };

  await t.test('what is looked for is found where it is', async (t) => {
    const other = await context.newPage();
    const ran = other.waitForEvent('console', (message) => message.text().startsWith('owned by'));
    // It would go elsewhere at once.
    await other.setContent(`<p>${markup.replace('http-equiv="refresh"', '')}</p>`);
    await ran;
    t.not((await attackersOf(other)).length, 0);
    await other.close();
    t.ok(
      complaints.some((complaint) => complaint.startsWith('owned by')),
      'the words are dangerous',
    );
    t.ok(asked.length > 0, 'and ask elsewhere');
  });
  complaints.length = 0;
  const told = asked.length;

  await t.test('on no page', async (t) => {
    for (const path of [...consolePaths('mark'), '/plugins/broken', '/conversations?search=img'])
      await visit(t, path);
    for (const tab of ['tools', 'settings', 'health', 'log', 'approval'])
      await visit(t, `/plugins/mark?tab=${tab}`);
    for (const path of [
      '/memory/files',
      '/settings/history',
      '/settings/persona',
      '/settings/plugin.mark',
      '/tasks/history',
    ])
      await visit(t, path);
  });

  await t.test('not in a conversation, whatever is opened', async (t) => {
    await visit(t, `/chat/${id}`);
    for (const summary of await page.locator('main summary').all()) await summary.click();
    await page.getByLabel('Result', { exact: true }).first().getByText('owned(1)').waitFor();
    t.same(await attackersOf(page), []);
    const said = await page.getByRole('article', { name: 'Assistant' }).textContent();
    t.match(said, /from 127\.0\.0\.1/, 'an image is a link');
    t.match(said, /http:\/\/bank\.example \(127\.0\.0\.1:\d+\)/, 'a link says where it leads');
  });

  await t.test('not where a tool is tried', async (t) => {
    await page.goto(`${kernel().url}/plugins/mark?tab=tools`);
    await page.getByRole('link', { name: /^Try / }).first().click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByLabel('Answer', { exact: true }).first().getByText('owned(1)').waitFor();
    t.same(await attackersOf(page), []);
    await page.goto(`${kernel().url}/plugins/mark?tab=tools&tool=far`);
    await page.getByText('No form can be made').waitFor();
    await page.getByRole('textbox', { name: 'Arguments' }).waitFor();
    t.match(complaints.splice(0), [/Could not find a definition/], 'what has no form is asked for as JSON');
  });

  await t.test('not in what an address says', async (t) => {
    const said = encodeURIComponent(`"><img src=x onerror=owned(23)>`);
    for (const path of [
      `/logs?text=${said}&plugin=${said}`,
      `/plugins/${said}`,
      `/nothing/${said}`,
      `/settings/${said}`,
    ]) {
      await page.goto(`${kernel().url}${path}`);
      await visit(t, path);
    }
  });

  await t.test('a file that was given is saved, not shown', async (t) => {
    const [stored] = z.array(uploadedFileSchema).parse((await send('GET', '/api/files')).body);
    const opened = await context.newPage();
    const download = opened.waitForEvent('download');
    await opened
      .goto(`${kernel().url}/api/files/${encodeURIComponent(stored?.name ?? '')}`)
      .catch(() => null);
    t.match((await download).suggestedFilename(), /svg$/);
    await opened.close();
  });

  t.same(complaints, [], 'nothing ran, nothing was refused by the policy');
  t.same(asked.slice(told), [], 'nothing was told');
});
